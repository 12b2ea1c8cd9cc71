//! Binary XML as a list of steps, so that a template is read once and played for every record.

use std::collections::BTreeMap;

use super::{
    Fault,
    budget::Budget,
    bytes::Cursor,
    names::{Known, NameId, Names},
    value::{Value, fixed_size, kind},
};

/// One step of a piece of binary XML.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Begins an attribute; its values follow.
    Attribute(NameId),
    /// A whole attribute whose value is the same in every record.
    AttributeText(NameId, NameId),
    /// The attributes are over.
    Body,
    Char(char),
    Close,
    /// A whole element that holds one value of the instance and nothing else, as most do. `key` is its
    /// name: that of the element, or what its attribute `Name` says.
    Leaf {
        name: NameId,
        key: NameId,
        value: u16,
        /// The value without which it is left out, or [`NOTHING`].
        depends: u16,
    },
    /// Begins an element.
    Open(NameId),
    /// Begins an element that is left out, up to the step `past`, where that value is absent.
    OpenIf {
        name: NameId,
        value: u16,
        past: u32,
    },
    /// A template is played here; it is at this place of the chunk.
    Template(u32),
    /// A value of the instance.
    Value(u16),
    /// A value that stands in the template itself.
    Constant(Slot),
}

/// A value in a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) kind: u8,
    pub(super) at: u16,
    pub(super) size: u16,
}

impl Slot {
    pub(super) fn range(self) -> std::ops::Range<usize> {
        usize::from(self.at)..usize::from(self.at) + usize::from(self.size)
    }

    /// The value in the chunk, or its bytes where they are none of its type; `None` where it lies outside.
    pub(super) fn value(self, chunk: &[u8]) -> Option<Value<'_>> {
        let bytes = chunk.get(self.range())?;
        Some(Value::of(self.kind, bytes).unwrap_or(Value::Binary(bytes)))
    }

    /// Whether its value is of its type, and not the bytes in its stead.
    pub(super) fn is_of_type(self, value: Value<'_>) -> bool {
        // A time that no calendar has is shown as its bytes too.
        let has_bytes =
            self.kind == kind::BINARY || (self.kind == kind::SYSTEM_TIME && self.size >= 16);
        has_bytes || !matches!(value, Value::Binary(_))
    }
}

/// The steps of a piece, and what is wrong behind them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) first: u32,
    pub(super) past: u32,
    pub(super) fault: Option<Fault>,
}

/// The steps of all pieces of one chunk.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    templates: BTreeMap<u32, Piece>,
    pub(super) names: Names,
    /// The steps that opened what is still open.
    open: Vec<u32>,
}

/// Where an instance of a template has its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    pub(super) definition: u32,
    pub(super) descriptors: usize,
    pub(super) count: usize,
    pub(super) values: usize,
    /// Behind the last value.
    pub(super) past: usize,
}

impl Program {
    pub(super) fn next_chunk(&mut self) {
        self.steps.clear();
        self.templates.clear();
        self.names.next_chunk();
    }

    /// The steps of the template whose definition is at `offset`.
    pub(super) fn template(
        &mut self,
        chunk: &[u8],
        offset: u32,
        budget: &mut Budget,
    ) -> Result<Piece, Fault> {
        if let Some(piece) = self.templates.get(&offset) {
            return Ok(*piece);
        }
        let at = usize::try_from(offset).map_err(|_| Fault::OutOfRange)?;
        let mut header = Cursor::new(chunk, at, chunk.len());
        // The next template of the same hash, and the template's GUID.
        header.skip(20).ok_or(Fault::OutOfRange)?;
        let size = header.u32().ok_or(Fault::OutOfRange)?;
        let end = header.at().saturating_add(usize::try_from(size).unwrap_or(usize::MAX));
        let piece = self.piece(chunk, header.at()..end.min(chunk.len()), true, budget);
        self.templates.insert(offset, piece);
        Ok(piece)
    }

    /// The steps of the binary XML in `range`; only that of a template says on what its elements depend.
    pub(super) fn piece(
        &mut self,
        chunk: &[u8],
        range: std::ops::Range<usize>,
        is_template: bool,
        budget: &mut Budget,
    ) -> Piece {
        let first = self.next_step();
        let mut cursor = Cursor::new(chunk, range.start, range.end);
        self.open.clear();
        let fault = self.read(chunk, &mut cursor, is_template, budget).err();
        let fault = fault.or_else(|| (!self.open.is_empty()).then_some(Fault::Nesting));
        Piece { first, past: self.next_step(), fault }
    }

    fn read(
        &mut self,
        chunk: &[u8],
        cursor: &mut Cursor<'_>,
        is_template: bool,
        budget: &mut Budget,
    ) -> Result<(), Fault> {
        // An attribute whose value may turn out to be the same in every record.
        let mut attribute = None;
        while let Some(token) = cursor.u8() {
            budget.step()?;
            let begun = attribute.take();
            match token & !MORE {
                token::END => break,
                token::OPEN => {
                    let depends = if is_template { cursor.u16() } else { Some(NOTHING) };
                    let depends = depends.ok_or(Fault::OutOfRange)?;
                    cursor.skip(4).ok_or(Fault::OutOfRange)?;
                    let name = self.name(chunk, cursor, budget)?;
                    if token & MORE != 0 {
                        cursor.skip(4).ok_or(Fault::OutOfRange)?;
                    }
                    self.open.push(self.next_step());
                    self.steps.push(if depends == NOTHING {
                        Step::Open(name)
                    } else {
                        Step::OpenIf { name, value: depends, past: u32::MAX }
                    });
                }
                token::BODY => self.steps.push(Step::Body),
                token::CLOSE_EMPTY => {
                    self.steps.push(Step::Body);
                    self.close()?;
                }
                token::CLOSE => self.close()?,
                token::VALUE => {
                    let slot = constant(cursor)?;
                    match begun {
                        // More of its value may follow.
                        Some(name) if slot.kind == kind::TEXT && token & MORE == 0 => {
                            budget.spend(slot.size.into())?;
                            let units = slot.range();
                            let text = chunk.get(units).unwrap_or_default();
                            let text = self.names.of_utf16(text);
                            self.steps.pop();
                            self.steps.push(Step::AttributeText(name, text));
                        }
                        _ => self.steps.push(Step::Constant(slot)),
                    }
                }
                token::ATTRIBUTE => {
                    let name = self.name(chunk, cursor, budget)?;
                    attribute = Some(name);
                    self.steps.push(Step::Attribute(name));
                }
                token::CDATA => {
                    let slot = text(cursor)?;
                    self.steps.push(Step::Constant(slot));
                }
                token::CHAR => {
                    let unit = cursor.u16().ok_or(Fault::OutOfRange)?;
                    let character = char::from_u32(unit.into());
                    let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                    self.steps.push(Step::Char(character));
                }
                token::ENTITY => {
                    let name = self.name(chunk, cursor, budget)?;
                    let name = self.names.at(name).map(|name| name.text.as_str());
                    self.steps.push(Step::Char(entity(name.unwrap_or_default())));
                }
                token::INSTRUCTION => {
                    self.name(chunk, cursor, budget)?;
                }
                token::INSTRUCTION_DATA => {
                    text(cursor)?;
                }
                token::TEMPLATE => {
                    let at = cursor.at();
                    let instance = instance(chunk, cursor, budget)?;
                    cursor.skip(instance.past - cursor.at()).ok_or(Fault::OutOfRange)?;
                    self.steps.push(Step::Template(u32::try_from(at).unwrap_or(u32::MAX)));
                }
                token::SUBSTITUTION | token::OPTIONAL => {
                    let value = cursor.u16().ok_or(Fault::OutOfRange)?;
                    cursor.skip(1).ok_or(Fault::OutOfRange)?;
                    self.steps.push(Step::Value(value));
                }
                token::FRAGMENT => cursor.skip(3).ok_or(Fault::OutOfRange)?,
                _ => return Err(Fault::Token(token)),
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Fault> {
        let opened = self.open.pop().ok_or(Fault::Nesting)?;
        self.steps.push(Step::Close);
        let behind = self.next_step();
        if let Some(Step::OpenIf { past, .. }) = self.steps.get_mut(opened as usize) {
            *past = behind;
        }
        if let Some(leaf) = self.leaf(opened as usize) {
            self.steps.truncate(opened as usize);
            self.steps.push(leaf);
        }
        Ok(())
    }

    /// The one step that the steps from `opened` on come to, if they are a leaf.
    fn leaf(&self, opened: usize) -> Option<Step> {
        let known = |name| self.names.at(name).and_then(|name| name.known);
        let (open, key, value) = match *self.steps.get(opened..)? {
            [open, Step::Body, Step::Value(value), Step::Close] => (open, None, value),
            [open, Step::AttributeText(name, key), Step::Body, Step::Value(value), Step::Close]
                if known(name) == Some(Known::Name) =>
            {
                (open, Some(key), value)
            }
            _ => return None,
        };
        let (name, depends) = match open {
            Step::Open(name) => (name, NOTHING),
            Step::OpenIf { name, value, .. } => (name, value),
            _ => return None,
        };
        Some(Step::Leaf { name, key: key.unwrap_or(name), value, depends })
    }

    /// Reads a reference to a name, and passes over the name where it stands right behind.
    fn name(
        &mut self,
        chunk: &[u8],
        cursor: &mut Cursor<'_>,
        budget: &mut Budget,
    ) -> Result<NameId, Fault> {
        let offset = cursor.u32().ok_or(Fault::OutOfRange)?;
        let at = usize::try_from(offset).map_err(|_| Fault::OutOfRange)?;
        // The next name of the same hash, and the hash.
        let mut name = Cursor::new(chunk, at, chunk.len());
        name.skip(6).ok_or(Fault::OutOfRange)?;
        let size = 2 * usize::from(name.u16().ok_or(Fault::OutOfRange)?);
        if at == cursor.at() {
            // With the NUL behind it.
            cursor.skip(8 + size + 2).ok_or(Fault::OutOfRange)?;
        }
        if let Some(id) = self.names.at_offset(offset) {
            return Ok(id);
        }
        budget.spend(size)?;
        let units = chunk.get(name.at()..name.at() + size).ok_or(Fault::OutOfRange)?;
        let id = self.names.of_utf16(units);
        self.names.keep_offset(offset, id);
        Ok(id)
    }

    fn next_step(&self) -> u32 {
        // The budget of a chunk is far smaller.
        u32::try_from(self.steps.len()).unwrap_or(u32::MAX)
    }
}

/// Reads where an instance of a template has its parts, from right behind its token.
pub(super) fn instance(
    chunk: &[u8],
    at: &Cursor<'_>,
    budget: &mut Budget,
) -> Result<Instance, Fault> {
    let instance = parts(chunk, *at).ok_or(Fault::OutOfRange)?;
    // Each value is looked at, here and where the instance is played.
    budget.steps(instance.count / VALUES_A_STEP)?;
    Ok(instance)
}

fn parts(chunk: &[u8], mut cursor: Cursor<'_>) -> Option<Instance> {
    // A byte, and the template's id.
    cursor.skip(5)?;
    let definition = cursor.u32()?;
    if usize::try_from(definition).ok()? == cursor.at() {
        cursor.skip(20)?;
        let size = cursor.u32()?;
        cursor.skip(usize::try_from(size).ok()?)?;
    }
    let count = usize::try_from(cursor.u32()?).ok()?;
    let descriptors = cursor.at();
    cursor.skip(count.checked_mul(4)?)?;
    let values = cursor.at();
    let sizes = chunk.get(descriptors..values)?.as_chunks::<4>().0;
    let size = sizes.iter().map(|[low, high, ..]| usize::from(u16::from_le_bytes([*low, *high])));
    cursor.skip(size.sum())?;
    Some(Instance { definition, descriptors, count, values, past: cursor.at() })
}

/// A value that stands in a template: text, or one whose type says its size.
fn constant(cursor: &mut Cursor<'_>) -> Result<Slot, Fault> {
    let kind = cursor.u8().ok_or(Fault::OutOfRange)?;
    match (kind, fixed_size(kind)) {
        (kind::TEXT, _) => text(cursor),
        (kind::NULL, _) => Ok(Slot { kind, at: 0, size: 0 }),
        (_, Some(size)) => slot(cursor, kind, size),
        _ => Err(Fault::ValueType(kind)),
    }
}

/// Text behind its number of units.
fn text(cursor: &mut Cursor<'_>) -> Result<Slot, Fault> {
    let units = cursor.u16().ok_or(Fault::OutOfRange)?;
    slot(cursor, kind::TEXT, 2 * usize::from(units))
}

fn slot(cursor: &mut Cursor<'_>, kind: u8, size: usize) -> Result<Slot, Fault> {
    let at = cursor.at();
    cursor.skip(size).ok_or(Fault::OutOfRange)?;
    // A chunk has no more bytes than 16 bits count.
    let small = |number| u16::try_from(number).map_err(|_| Fault::OutOfRange);
    Ok(Slot { kind, at: small(at)?, size: small(size)? })
}

fn entity(name: &str) -> char {
    match name {
        "amp" => '&',
        "apos" => '\'',
        "gt" => '>',
        "lt" => '<',
        "quot" => '"',
        _ => char::REPLACEMENT_CHARACTER,
    }
}

/// The flag of a token that more of the same, or attributes, follow.
const MORE: u8 = 0x40;

/// Values of an instance that cost as much as a step; real instances have some twenty.
const VALUES_A_STEP: usize = 4;

/// An element depends on no value.
pub(super) const NOTHING: u16 = 0xffff;

mod token {
    pub(super) const END: u8 = 0x00;
    pub(super) const OPEN: u8 = 0x01;
    pub(super) const BODY: u8 = 0x02;
    pub(super) const CLOSE_EMPTY: u8 = 0x03;
    pub(super) const CLOSE: u8 = 0x04;
    pub(super) const VALUE: u8 = 0x05;
    pub(super) const ATTRIBUTE: u8 = 0x06;
    pub(super) const CDATA: u8 = 0x07;
    pub(super) const CHAR: u8 = 0x08;
    pub(super) const ENTITY: u8 = 0x09;
    pub(super) const INSTRUCTION: u8 = 0x0a;
    pub(super) const INSTRUCTION_DATA: u8 = 0x0b;
    pub(super) const TEMPLATE: u8 = 0x0c;
    pub(super) const SUBSTITUTION: u8 = 0x0d;
    pub(super) const OPTIONAL: u8 = 0x0e;
    pub(super) const FRAGMENT: u8 = 0x0f;
}
