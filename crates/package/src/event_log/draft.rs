//! The event that a record is being played into.

use super::{
    Fault,
    event::System,
    field::Field,
    names::{Known, NameId, Names},
    program::Slot,
    tree::Tree,
    value::Value,
};

/// An event that is being put together; kept from record to record for its room.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) system: System,
    pub(super) tree: Tree,
    /// Where the values of fields stand, by the number of the field.
    pub(super) fields: Vec<Option<Part>>,
    /// Whether an element `Event` or a part of one was there.
    pub(super) is_event: bool,
    places: Vec<Place>,
    attribute: Option<NameId>,
    /// A name that is told by a value: `Data` with its attribute `Name`.
    key: Vec<u8>,
}

/// A part of a value: most values have one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Char(char),
    Name(NameId),
    Slot(Slot),
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Event,
    System,
    /// An element of `System`.
    SystemField(Option<Known>),
    /// A part of the data.
    Data {
        node: u32,
        has_fields: bool,
    },
    /// What has no meaning to us: an element inside an element of `System`.
    Passed,
}

impl Draft {
    pub(super) fn clear(&mut self) {
        self.system.clear();
        self.tree.clear();
        self.fields.clear();
        self.fields.resize(Field::COUNT, None);
        self.is_event = false;
        self.places.clear();
        self.attribute = None;
    }

    pub(super) fn open(&mut self, names: &Names, name: NameId) -> Result<(), Fault> {
        if self.places.len() >= DEEPEST {
            return Err(Fault::Depth);
        }
        let known = names.at(name).and_then(|name| name.known);
        let place = match (self.places.last().copied(), known) {
            (None, Some(Known::Event)) => {
                self.is_event = true;
                Place::Event
            }
            (Some(Place::Event), Some(Known::System)) => Place::System,
            (Some(Place::System), known) => Place::SystemField(known),
            (Some(Place::SystemField(_) | Place::Passed), _) => Place::Passed,
            // What stands in these goes to the top of the data.
            (Some(Place::Event), Some(Known::EventData | Known::UserData)) => {
                Place::Data { node: Tree::root(), has_fields: true }
            }
            (Some(Place::Event) | None, _) => {
                let node = self.tree.child(Tree::root(), name);
                Place::Data { node, has_fields: false }
            }
            (Some(Place::Data { node, has_fields }), _) => {
                Place::Data { node: self.tree.child(node, name), has_fields }
            }
        };
        self.places.push(place);
        Ok(())
    }

    /// Takes up a whole element that holds one value and has no attribute but its `key`; `false` where
    /// it has to be played step by step.
    pub(super) fn leaf(
        &mut self,
        names: &Names,
        name: NameId,
        key: NameId,
        slot: Slot,
        value: Value<'_>,
    ) -> bool {
        match self.places.last().copied() {
            Some(Place::Data { node, has_fields }) => {
                let node = self.tree.child(node, key);
                if matches!(value, Value::Null) {
                    return true;
                }
                self.tree.value(node, Part::Slot(slot));
                if has_fields
                    && let Some(field) = names.at(key).and_then(|name| name.field)
                    && let Some(kept) = self.fields.get_mut(field as usize)
                {
                    kept.get_or_insert(Part::Slot(slot));
                }
                true
            }
            Some(Place::System) if key == name => {
                if let Some(known) = names.at(name).and_then(|name| name.known) {
                    self.system.element(known, value);
                }
                true
            }
            _ => false,
        }
    }

    pub(super) fn attribute(&mut self, names: &Names, name: NameId) {
        self.attribute = Some(name);
        self.key.clear();
        if let Some(Place::Data { node, .. }) = self.places.last().copied()
            && node != Tree::root()
            && !is_name(names, name)
            && !is_namespace(names, name)
        {
            self.tree.begin_attribute(node, name);
        }
    }

    pub(super) fn attribute_text(&mut self, names: &Names, name: NameId, text: NameId) {
        self.attribute(names, name);
        match self.places.last().copied() {
            Some(Place::Data { node, .. }) => {
                if is_name(names, name) {
                    self.tree.rename(node, text);
                } else if !is_namespace(names, name) {
                    self.tree.attribute_value(Part::Name(text));
                }
            }
            Some(Place::SystemField(Some(element))) => {
                let text = names.at(text).map(|name| name.text.as_str()).unwrap_or_default();
                let attribute = names.at(name).and_then(|name| name.known);
                self.system.attribute(element, attribute, Value::Utf8(text));
            }
            _ => {}
        }
        self.attribute = None;
    }

    /// The attributes are over.
    pub(super) fn body(&mut self, names: &mut Names) {
        if let Some(attribute) = self.attribute.take()
            && is_name(names, attribute)
            && !self.key.is_empty()
            && let Some(Place::Data { node, .. }) = self.places.last().copied()
        {
            let key = str::from_utf8(&self.key).unwrap_or_default();
            self.tree.rename(node, names.of(key));
        }
        self.tree.end_attributes();
    }

    pub(super) fn close(&mut self, names: &Names) -> Result<(), Fault> {
        let place = self.places.pop().ok_or(Fault::Nesting)?;
        if let Place::Data { node, has_fields: true } = place
            && let Some((name, Some(part))) = self.tree.leaf(node)
            && let Some(field) = names.at(name).and_then(|name| name.field)
            && let Some(slot) = self.fields.get_mut(field as usize)
        {
            slot.get_or_insert(part);
        }
        Ok(())
    }

    pub(super) fn character(&mut self, names: &Names, character: char) {
        self.part(names, Part::Char(character), Value::Char(character));
    }

    pub(super) fn value(&mut self, names: &Names, slot: Slot, value: Value<'_>) {
        self.part(names, Part::Slot(slot), value);
    }

    /// Takes up a part of what an attribute or an element holds.
    fn part(&mut self, names: &Names, part: Part, value: Value<'_>) {
        let attribute = self.attribute;
        let known = attribute.and_then(|name| names.at(name)).and_then(|name| name.known);
        match (self.places.last().copied(), attribute) {
            (Some(Place::Data { .. }), Some(name)) if is_name(names, name) => {
                value.push_text(&mut self.key);
            }
            (Some(Place::Data { node, .. }), Some(name))
                if node != Tree::root() && !is_namespace(names, name) =>
            {
                self.tree.attribute_value(part);
            }
            (Some(Place::Data { node, .. }), None) => self.tree.value(node, part),
            (Some(Place::SystemField(Some(element))), Some(_)) => {
                self.system.attribute(element, known, value);
            }
            (Some(Place::SystemField(Some(element))), None) => self.system.element(element, value),
            _ => {}
        }
    }
}

impl Part {
    pub(super) fn value<'a>(self, names: &'a Names, chunk: &'a [u8]) -> Value<'a> {
        match self {
            Self::Char(character) => Value::Char(character),
            Self::Name(name) => {
                names.at(name).map_or(Value::Null, |name| Value::Utf8(name.text.as_str()))
            }
            Self::Slot(slot) => slot.value(chunk).unwrap_or(Value::Null),
        }
    }
}

fn is_name(names: &Names, name: NameId) -> bool {
    names.at(name).is_some_and(|name| name.known == Some(Known::Name))
}

fn is_namespace(names: &Names, name: NameId) -> bool {
    names
        .at(name)
        .is_some_and(|name| name.known == Some(Known::Xmlns) || name.text.starts_with("xmlns:"))
}

/// How deep elements may lie inside each other; real ones lie five deep.
const DEEPEST: usize = 64;
