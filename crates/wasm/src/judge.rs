//! Checks a package whose bytes arrive in parts, as the driver reads them.

use std::cell::RefCell;
use std::io;

use mde_forensics_core::Map;
use mde_forensics_core::download::{Judgement, MemberEntry};
use mde_forensics_core::engine::Verdict;
use mde_forensics_core::json;
use mde_forensics_core::work::Effect;
use mde_forensics_package::{Budgets, Digests, Inventory, Member, Source, Verification};

/// A package being checked.
pub(crate) struct Judge {
    name: String,
    window: &'static Window,
    verification: Option<Verification<'static>>,
}

/// The result of one step of checking.
pub(crate) enum Step {
    Done(Judgement),
    Effect(Effect),
}

impl Judge {
    pub(crate) fn new(name: String, length: u64) -> Self {
        let window = Window::take(length);
        let verification = Some(Verification::new(window, Budgets::default(), Digests::Sha256));
        Self { name, window, verification }
    }

    /// Continues; `bytes` are those requested last.
    pub(crate) fn step(&mut self, bytes: Option<Vec<u8>>) -> Step {
        if bytes.is_some_and(|bytes| !self.window.open(bytes)) {
            return Step::Done(Judgement::no_archive(SHORTER.to_owned()));
        }
        let Some(verification) = &mut self.verification else {
            return Step::Done(Judgement::no_archive("it was checked already".to_owned()));
        };
        loop {
            match verification.step() {
                Ok(Some(_)) => self.window.keep(!verification.has_structure()),
                Ok(None) => break,
                Err(mde_forensics_package::Error::ReadFailed { .. }) => {
                    let (at, length) = self.window.missing();
                    if length == 0 {
                        return Step::Done(Judgement::no_archive(SHORTER.to_owned()));
                    }
                    return Step::Effect(Effect::Read { name: self.name.clone(), at, length });
                }
                Err(error) => return Step::Done(Judgement::no_archive(error.to_string())),
            }
        }
        let inventory = self.verification.take().and_then(Verification::into_inventory);
        Step::Done(inventory.map_or_else(
            || Judgement::no_archive("its structure cannot be read".to_owned()),
            |inventory| judgement(&inventory),
        ))
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        self.verification = None;
        self.window.give_back();
    }
}

/// Converts an inventory to the manifest's terms.
fn judgement(inventory: &Inventory) -> Judgement {
    let entry = |member: &Member| {
        let sha256 = member.sha256.map(|sha256| sha256.to_string());
        MemberEntry::new(&member.name, member.size, member.crc32, sha256, &member.verdict)
    };
    Judgement {
        verdict: Verdict::of(inventory.is_whole(), inventory.is_verified()),
        why: inventory.why_not(),
        members: inventory.members.iter().map(entry).collect(),
        findings: inventory.findings.iter().map(json::value).collect(),
        notable: inventory.notable(),
    }
}

/// A part of a file, and the small pieces of it that are read more than once.
///
/// It lives as long as the module and is reused for the next package, so that its readers can have
/// a static lifetime.
#[derive(Default)]
struct Window(RefCell<View>);

#[derive(Default)]
struct View {
    length: u64,
    start: u64,
    bytes: Vec<u8>,
    /// The pieces by offset: the structure is read again from its start after each part that
    /// arrives.
    pieces: Option<Map<u64, Vec<u8>>>,
    missing: (u64, u64),
}

thread_local! {
    static FREE: RefCell<Vec<&'static Window>> = const { RefCell::new(Vec::new()) };
}

impl Window {
    fn take(length: u64) -> &'static Self {
        let free = FREE.with_borrow_mut(Vec::pop);
        let window: &'static Self = free.unwrap_or_else(|| Box::leak(Box::default()));
        *window.0.borrow_mut() = View { length, pieces: Some(Map::new()), ..View::default() };
        window
    }

    fn give_back(&'static self) {
        *self.0.borrow_mut() = View::default();
        FREE.with_borrow_mut(|free| free.push(self));
    }

    /// Takes the requested bytes; false if there are fewer.
    fn open(&self, bytes: Vec<u8>) -> bool {
        let mut view = self.0.borrow_mut();
        let (start, length) = view.missing;
        let is_whole = bytes.len() as u64 >= length;
        view.start = start;
        view.bytes = bytes;
        is_whole
    }

    fn keep(&self, keeps: bool) {
        if !keeps {
            self.0.borrow_mut().pieces = None;
        }
    }

    fn missing(&self) -> (u64, u64) {
        self.0.borrow().missing
    }
}

impl Source for Window {
    fn len(&self) -> u64 {
        self.0.borrow().length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let View { length, start, bytes, pieces, missing } = &mut *self.0.borrow_mut();
        if let Some(piece) = pieces.as_ref().and_then(|pieces| pieces.get(&offset))
            && let Some(piece) = piece.get(..buf.len())
        {
            buf.copy_from_slice(piece);
            return Ok(buf.len());
        }
        let from = offset.checked_sub(*start).and_then(|from| usize::try_from(from).ok());
        let held = from.and_then(|from| bytes.get(from..)?.get(..buf.len()));
        let Some(held) = held else {
            let (needed, left) = (buf.len() as u64, length.saturating_sub(offset));
            // Nothing can be requested past the end.
            *missing = (offset, if needed > left { 0 } else { needed.max(PART).min(left) });
            return Err(io::ErrorKind::WouldBlock.into());
        };
        buf.copy_from_slice(held);
        if let Some(pieces) = pieces {
            pieces.insert(offset, held.to_vec());
        }
        Ok(buf.len())
    }
}

/// How many bytes of a file are requested at once.
const PART: u64 = 1 << 20;
const SHORTER: &str = "the file got shorter while it was checked; something else is writing to it";
