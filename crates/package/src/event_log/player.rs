//! Plays the steps of a record into a draft of its event.

use super::{
    Fault,
    budget::Budget,
    bytes::Cursor,
    draft::Draft,
    names::NameId,
    program::{Instance, NOTHING, Piece, Program, Slot, Step, instance},
    value::{Value, kind},
};

/// What is needed to play the records of one chunk.
#[derive(Debug)]
pub(super) struct Player<'a> {
    pub(super) chunk: &'a [u8],
    pub(super) program: &'a mut Program,
    pub(super) budget: Budget,
    /// The values of all instances that are being played, the innermost last.
    pub(super) slots: &'a mut Vec<Slot>,
    /// The first fault that ends nothing: a value that is none of its type.
    pub(super) fault: Option<Fault>,
}

/// The values of one instance among the slots.
#[derive(Clone, Copy, Debug)]
struct Values {
    first: usize,
    past: usize,
}

impl<'a> Player<'a> {
    /// Plays the binary XML in `range` of the chunk, and returns up to where that is known to be it, and the first fault that
    /// ended nothing.
    ///
    /// Fails with what ended it; what comes before it is in the draft.
    pub(super) fn record(
        &mut self,
        range: std::ops::Range<usize>,
        draft: &mut Draft,
    ) -> Result<(usize, Option<Fault>), Fault> {
        self.slots.clear();
        let past = self.fragment(range, draft, 0)?;
        Ok((past, self.fault))
    }

    fn fragment(
        &mut self,
        range: std::ops::Range<usize>,
        draft: &mut Draft,
        depth: u32,
    ) -> Result<usize, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Depth);
        }
        // Nearly always it is one instance and nothing else.
        let begin = self.chunk.get(range.start..range.end).unwrap_or_default();
        let at = match begin {
            [0x0f, _, _, _, 0x0c, ..] => 5,
            [0x0c, ..] => 1,
            _ => 0,
        };
        if at > 0 {
            let cursor = Cursor::new(self.chunk, range.start + at, range.end);
            let instance = instance(self.chunk, &cursor, &mut self.budget)?;
            if matches!(self.chunk.get(instance.past..range.end), Some([] | [0, ..])) {
                return self.instance(instance, draft, depth).map(|()| instance.past);
            }
        }
        let begin = range.start;
        let piece = self.program.piece(self.chunk, range, false, &mut self.budget);
        let none = Values { first: self.slots.len(), past: self.slots.len() };
        self.piece(piece, none, draft, depth).map(|()| begin)
    }

    fn instance(&mut self, instance: Instance, draft: &mut Draft, depth: u32) -> Result<(), Fault> {
        self.budget.step()?;
        let piece = self.program.template(self.chunk, instance.definition, &mut self.budget)?;
        let first = self.slots.len();
        let mut at = instance.values;
        let descriptors = instance.descriptors..instance.descriptors + 4 * instance.count;
        let descriptors = self.chunk.get(descriptors).ok_or(Fault::OutOfRange)?;
        for [low, high, kind, _] in descriptors.as_chunks::<4>().0 {
            let size = u16::from_le_bytes([*low, *high]);
            // An empty value may stand at the very end of the chunk.
            let place =
                u16::try_from(at).or(if size == 0 { Ok(0) } else { Err(Fault::OutOfRange) })?;
            self.slots.push(Slot { kind: *kind, at: place, size });
            at += usize::from(size);
        }
        let values = Values { first, past: self.slots.len() };
        let played = self.piece(piece, values, draft, depth);
        self.slots.truncate(first);
        played
    }

    fn piece(
        &mut self,
        piece: Piece,
        values: Values,
        draft: &mut Draft,
        depth: u32,
    ) -> Result<(), Fault> {
        let mut at = piece.first;
        while at < piece.past {
            self.budget.step()?;
            let Some(step) = self.program.steps.get(at as usize).copied() else { break };
            at += 1;
            match step {
                Step::Leaf { name, key, value, depends } => {
                    self.named(key)?;
                    let is_left_out = depends != NOTHING
                        && self.slot(values, depends).is_some_and(Slot::is_absent);
                    if !is_left_out {
                        let slot = self.slot(values, value).ok_or(Fault::NoValue)?;
                        self.leaf(name, key, slot, draft, depth)?;
                    }
                }
                Step::Open(name) => {
                    self.named(name)?;
                    draft.open(&self.program.names, name)?;
                }
                Step::OpenIf { name, value, past } => {
                    if self.slot(values, value).is_some_and(Slot::is_absent) {
                        at = past.min(piece.past);
                    } else {
                        self.named(name)?;
                        draft.open(&self.program.names, name)?;
                    }
                }
                Step::Attribute(name) => {
                    self.named(name)?;
                    draft.attribute(&self.program.names, name);
                }
                Step::AttributeText(name, text) => {
                    self.named(name)?;
                    self.named(text)?;
                    draft.attribute_text(&self.program.names, name, text);
                }
                Step::Body => draft.body(&mut self.program.names),
                Step::Close => draft.close(&self.program.names)?,
                Step::Char(character) => draft.character(&self.program.names, character),
                Step::Constant(slot) => self.value(slot, draft)?,
                Step::Value(value) => {
                    let slot = self.slot(values, value).ok_or(Fault::NoValue)?;
                    if slot.kind == kind::BINXML {
                        self.fragment(slot.range(), draft, depth + 1)?;
                    } else if !slot.is_absent() {
                        self.value(slot, draft)?;
                    }
                }
                Step::Template(place) => {
                    let cursor = Cursor::new(self.chunk, place as usize, self.chunk.len());
                    let instance = instance(self.chunk, &cursor, &mut self.budget)?;
                    if depth >= DEEPEST {
                        return Err(Fault::Depth);
                    }
                    self.instance(instance, draft, depth + 1)?;
                }
            }
        }
        piece.fault.map_or(Ok(()), Err)
    }

    /// Plays an element that holds one value.
    fn leaf(
        &mut self,
        name: NameId,
        key: NameId,
        slot: Slot,
        draft: &mut Draft,
        depth: u32,
    ) -> Result<(), Fault> {
        if slot.kind != kind::BINXML {
            let value = self.typed(slot)?;
            if draft.leaf(&self.program.names, name, key, slot, value) {
                return Ok(());
            }
        }
        draft.open(&self.program.names, name)?;
        if key != name {
            let attribute = self.program.names.of("Name");
            draft.attribute_text(&self.program.names, attribute, key);
        }
        draft.body(&mut self.program.names);
        if slot.kind == kind::BINXML {
            self.fragment(slot.range(), draft, depth + 1)?;
        } else if !slot.is_absent() {
            self.value(slot, draft)?;
        }
        draft.close(&self.program.names)
    }

    /// Spends what a name costs each time that it is written.
    fn named(&mut self, name: NameId) -> Result<(), Fault> {
        let size = self.program.names.at(name).map_or(0, |name| name.json.len());
        self.budget.spend(size)
    }

    fn slot(&self, values: Values, value: u16) -> Option<Slot> {
        self.slots.get(values.first..values.past)?.get(usize::from(value)).copied()
    }

    fn value(&mut self, slot: Slot, draft: &mut Draft) -> Result<(), Fault> {
        let value = self.typed(slot)?;
        draft.value(&self.program.names, slot, value);
        Ok(())
    }

    /// A value, spent from the budget; where it is none of its type its bytes, so that it costs no other.
    fn typed(&mut self, slot: Slot) -> Result<Value<'a>, Fault> {
        let value = slot.value(self.chunk).ok_or(Fault::OutOfRange)?;
        if !slot.is_of_type(value) {
            self.fault.get_or_insert(Fault::ValueType(slot.kind));
        }
        self.budget.spend(value.cost())?;
        Ok(value)
    }
}

impl Slot {
    fn is_absent(self) -> bool {
        self.kind == kind::NULL
    }
}

/// How deep templates and fragments may lie inside each other; real ones lie two deep.
const DEEPEST: u32 = 16;
