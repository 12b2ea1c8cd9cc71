use std::collections::BTreeMap;

use super::{field::Field, text};

/// Names and texts of templates, each kept once.
#[derive(Debug, Default)]
pub(super) struct Names {
    all: Vec<Name>,
    /// Which name stands at an offset of the chunk.
    by_offset: BTreeMap<u32, NameId>,
    by_text: BTreeMap<String, NameId>,
    /// Bytes of all texts.
    size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct NameId(u32);

#[derive(Debug)]
pub(super) struct Name {
    pub(super) text: String,
    /// The text as the inside of a JSON string.
    pub(super) json: String,
    pub(super) known: Option<Known>,
    pub(super) field: Option<Field>,
}

/// Names that have a meaning of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    ActivityId,
    Channel,
    Computer,
    Correlation,
    Data,
    Event,
    EventData,
    EventId,
    EventRecordId,
    EventSourceName,
    Execution,
    Guid,
    Keywords,
    Level,
    Name,
    Opcode,
    ProcessId,
    Provider,
    Qualifiers,
    RelatedActivityId,
    Security,
    System,
    SystemTime,
    Task,
    ThreadId,
    TimeCreated,
    UserData,
    UserId,
    Version,
    Xmlns,
}

impl Names {
    /// Forgets the places of a chunk, and the names too where they have become many.
    pub(super) fn next_chunk(&mut self) {
        self.by_offset.clear();
        if self.size > KEPT {
            *self = Self::default();
        }
    }

    pub(super) fn at(&self, id: NameId) -> Option<&Name> {
        self.all.get(id.0 as usize)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn index(id: NameId) -> usize {
        id.0 as usize
    }

    pub(super) fn at_offset(&self, offset: u32) -> Option<NameId> {
        self.by_offset.get(&offset).copied()
    }

    pub(super) fn keep_offset(&mut self, offset: u32, id: NameId) {
        self.by_offset.insert(offset, id);
    }

    /// The one name of this UTF-16LE text.
    pub(super) fn of_utf16(&mut self, units: &[u8]) -> NameId {
        let mut text = Vec::new();
        text::push_utf16(&mut text, units);
        self.of(str::from_utf8(&text).unwrap_or_default())
    }

    /// The one name of this text.
    pub(super) fn of(&mut self, text: &str) -> NameId {
        if let Some(id) = self.by_text.get(text) {
            return *id;
        }
        // Far fewer than 2^32: they are forgotten before.
        let id = NameId(u32::try_from(self.all.len()).unwrap_or(u32::MAX));
        let mut json = Vec::with_capacity(text.len());
        text::push_json(&mut json, text);
        self.all.push(Name {
            text: text.to_owned(),
            json: String::from_utf8(json).unwrap_or_default(),
            known: known(text),
            field: Field::of_name(text),
        });
        self.by_text.insert(text.to_owned(), id);
        self.size += text.len() + 128;
        id
    }
}

fn known(text: &str) -> Option<Known> {
    Some(match text {
        "ActivityID" => Known::ActivityId,
        "Channel" => Known::Channel,
        "Computer" => Known::Computer,
        "Correlation" => Known::Correlation,
        "Data" => Known::Data,
        "Event" => Known::Event,
        "EventData" => Known::EventData,
        "EventID" => Known::EventId,
        "EventRecordID" => Known::EventRecordId,
        "EventSourceName" => Known::EventSourceName,
        "Execution" => Known::Execution,
        "Guid" => Known::Guid,
        "Keywords" => Known::Keywords,
        "Level" => Known::Level,
        "Name" => Known::Name,
        "Opcode" => Known::Opcode,
        "ProcessID" => Known::ProcessId,
        "Provider" => Known::Provider,
        "Qualifiers" => Known::Qualifiers,
        "RelatedActivityID" => Known::RelatedActivityId,
        "Security" => Known::Security,
        "System" => Known::System,
        "SystemTime" => Known::SystemTime,
        "Task" => Known::Task,
        "ThreadID" => Known::ThreadId,
        "TimeCreated" => Known::TimeCreated,
        "UserData" => Known::UserData,
        "UserID" => Known::UserId,
        "Version" => Known::Version,
        "xmlns" => Known::Xmlns,
        _ => return None,
    })
}

/// Bytes of names that are kept from chunk to chunk; an honest log has some ten thousand.
const KEPT: usize = 1 << 20;
