//! Carries out the core's work on a package, on a thread that may block.

use bytes::Bytes;
use mde_forensics_core::work::{Given, Porter, Step, Wish, Work};

use super::folder::Folder;
use super::line::Line;
use crate::clock::{Clock as _, SystemClock};

/// Does work on files to its end.
pub(super) fn perform<T, F>(folder: Folder, work: impl FnOnce(Porter) -> F) -> T
where
    F: Future<Output = T> + 'static,
{
    let mut folder = folder;
    to_end(Work::new(work), |wish| folder.answer(&wish))
}

/// Does work on files and the network to its end; `progress` hears of bytes received and, where known, of all.
pub(super) fn perform_online<T, F>(
    folder: Folder,
    line: Line,
    progress: impl Fn(u64, Option<u64>),
    work: impl FnOnce(Porter) -> F,
) -> T
where
    F: Future<Output = T> + 'static,
{
    let (mut folder, mut line, mut last) = (folder, line, Bytes::new());
    to_end(Work::new(work), |wish| match wish {
        Wish::Chunk { .. } => match line.chunk() {
            Ok(chunk) => {
                let bytes = chunk.as_ref().map(|chunk| chunk.to_vec());
                last = chunk.unwrap_or_default();
                Given { bytes, ..Given::default() }
            }
            Err(error) => error.into(),
        },
        Wish::Download { url, headers, .. } => line.download(url, &headers),
        Wish::Keep { name, at } => folder.write(&name, at, &last),
        Wish::Progress { received, total } => {
            progress(received, total);
            Given::default()
        }
        wish => folder.answer(&wish),
    })
}

fn to_end<T>(mut work: Work<T>, mut answer: impl FnMut(Wish) -> Given) -> T {
    let clock = SystemClock::new();
    let mut given = Given::default();
    loop {
        match work.step(given, clock.now()) {
            Step::Done(done) => return done,
            Step::Wish(wish) => given = answer(wish),
        }
    }
}
