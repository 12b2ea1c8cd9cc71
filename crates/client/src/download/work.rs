//! Runs the core's package work on a thread that may block.

use bytes::Bytes;
use mde_forensics_core::work::{Effect, EffectResult, Effects, Step, Work};

use super::folder::Folder;
use super::line::Line;
use crate::clock::{Clock as _, SystemClock};

/// Runs work on files to its end.
pub(super) fn perform<T, F>(folder: Folder, work: impl FnOnce(Effects) -> F) -> T
where
    F: Future<Output = T> + 'static,
{
    let mut folder = folder;
    to_end(Work::new(work), |effect| folder.answer(&effect))
}

/// Runs work on files and the network to its end. `progress` receives the bytes so far and, if
/// known, the total.
pub(super) fn perform_online<T, F>(
    folder: Folder,
    line: Line,
    progress: impl Fn(u64, Option<u64>),
    work: impl FnOnce(Effects) -> F,
) -> T
where
    F: Future<Output = T> + 'static,
{
    let (mut folder, mut line, mut last) = (folder, line, Bytes::new());
    to_end(Work::new(work), |effect| match effect {
        Effect::Chunk { .. } => match line.chunk() {
            Ok(chunk) => {
                let bytes = chunk.as_ref().map(|chunk| chunk.to_vec());
                last = chunk.unwrap_or_default();
                EffectResult { bytes, ..EffectResult::default() }
            }
            Err(error) => error.into(),
        },
        Effect::Download { url, headers, .. } => line.download(url, &headers),
        Effect::Keep { name, at } => folder.write(&name, at, &last),
        Effect::Progress { received, total } => {
            progress(received, total);
            EffectResult::default()
        }
        effect => folder.answer(&effect),
    })
}

fn to_end<T>(mut work: Work<T>, mut answer: impl FnMut(Effect) -> EffectResult) -> T {
    let clock = SystemClock::new();
    let mut given = EffectResult::default();
    loop {
        match work.step(given, clock.now()) {
            Step::Done(done) => return done,
            Step::Effect(effect) => given = answer(effect),
        }
    }
}
