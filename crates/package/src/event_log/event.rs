use super::{
    Fault, Field,
    draft::Draft,
    names::{Known, Names},
    value::Value,
};
use crate::FileTime;

/// An event in a log.
#[derive(Debug)]
#[non_exhaustive]
pub struct Event<'a> {
    /// The record number, from the record's header.
    pub record: u64,
    /// When the record was written, from its header.
    pub written: FileTime,
    /// The offset of its record in the log, in bytes.
    pub offset: u64,
    /// The fields that all events have.
    pub system: &'a System,
    /// What is wrong with it, or why it is in doubt. What precedes the fault was still read.
    pub fault: Option<Fault>,
    /// Its own data as a JSON object, with the event's names. A name that occurs several times has
    /// an array, and attributes begin with `@`. Empty if it has none.
    pub data: &'a str,
    pub(super) draft: &'a Draft,
    pub(super) names: &'a Names,
    pub(super) chunk: &'a [u8],
}

impl Event<'_> {
    /// Whether the event has this field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.value(field).is_some()
    }

    /// Appends the text of a field to `text`, and returns whether the event has that field.
    pub fn push_field(&self, field: Field, text: &mut Vec<u8>) -> bool {
        let value = self.value(field);
        if let Some(value) = value {
            value.push_text(text);
        }
        value.is_some()
    }

    /// A field as text.
    #[must_use]
    pub fn field(&self, field: Field) -> Option<String> {
        let mut text = Vec::new();
        self.push_field(field, &mut text).then(|| String::from_utf8_lossy(&text).into_owned())
    }

    /// A field as a number, also if it is text with digits.
    #[must_use]
    pub fn number(&self, field: Field) -> Option<u64> {
        self.value(field)?.number()
    }

    /// The value of a field, under the name that an event of this number has for it.
    fn value(&self, field: Field) -> Option<Value<'_>> {
        self.own(field).or_else(|| self.own(field.instead(self.system.event_id)?))
    }

    fn own(&self, field: Field) -> Option<Value<'_>> {
        let part = self.draft.fields.get(field as usize).copied().flatten()?;
        match part.value(self.names, self.chunk) {
            Value::Null => None,
            value => Some(value),
        }
    }
}

/// The fields that all events have; `None` or empty if the event does not have one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct System {
    /// Name of the provider, such as `Microsoft-Windows-Security-Auditing`.
    pub provider: String,
    /// GUID of the provider in braces, lower case.
    pub provider_guid: String,
    /// Name of the event source, for classic providers.
    pub event_source: String,
    /// The event id.
    pub event_id: Option<u32>,
    /// Upper half of the event id, for classic providers.
    pub qualifiers: Option<u32>,
    /// Version of the event's definition.
    pub version: Option<u32>,
    /// 1 critical, 2 error, 3 warning, 4 information, 5 verbose, 0 always.
    pub level: Option<u32>,
    /// The provider's number of a task.
    pub task: Option<u32>,
    /// The provider's number of a step in a task.
    pub opcode: Option<u32>,
    /// Keyword bits; 0x0020000000000000 is audit success, 0x0010000000000000 audit failure.
    pub keywords: Option<u64>,
    /// When it happened.
    pub time_created: Option<FileTime>,
    /// The record number in the event itself, which differs from the record header's in an exported
    /// log.
    pub record_id: Option<u64>,
    /// GUID of the activity it belongs to, in braces, lower case.
    pub activity_id: String,
    /// GUID of the activity that led to that one, in braces, lower case.
    pub related_activity_id: String,
    /// Id of the process that wrote it.
    pub process_id: Option<u32>,
    /// Id of the thread that wrote it.
    pub thread_id: Option<u32>,
    /// Name of the log it was written to.
    pub channel: String,
    /// Name of the machine.
    pub computer: String,
    /// SID of the user it was written for.
    pub user_sid: String,
}

impl System {
    pub(super) fn clear(&mut self) {
        // The texts keep their room.
        self.provider.clear();
        self.provider_guid.clear();
        self.event_source.clear();
        self.event_id = None;
        self.qualifiers = None;
        self.version = None;
        self.level = None;
        self.task = None;
        self.opcode = None;
        self.keywords = None;
        self.time_created = None;
        self.record_id = None;
        self.activity_id.clear();
        self.related_activity_id.clear();
        self.process_id = None;
        self.thread_id = None;
        self.channel.clear();
        self.computer.clear();
        self.user_sid.clear();
    }

    /// Takes up the value of an element.
    pub(super) fn element(&mut self, element: Known, value: Value<'_>) {
        match element {
            Known::Channel => set(&mut self.channel, value),
            Known::Computer => set(&mut self.computer, value),
            Known::EventId => self.event_id = small(value),
            Known::EventRecordId => self.record_id = value.number(),
            Known::Keywords => self.keywords = value.number(),
            Known::Level => self.level = small(value),
            Known::Opcode => self.opcode = small(value),
            Known::Task => self.task = small(value),
            Known::Version => self.version = small(value),
            _ => {}
        }
    }

    /// Takes up the value of an element's attribute.
    pub(super) fn attribute(&mut self, element: Known, attribute: Option<Known>, value: Value<'_>) {
        let Some(attribute) = attribute else { return };
        match (element, attribute) {
            (Known::Provider, Known::Name) => set(&mut self.provider, value),
            (Known::Provider, Known::Guid) => set(&mut self.provider_guid, value),
            (Known::Provider, Known::EventSourceName) => set(&mut self.event_source, value),
            (Known::EventId, Known::Qualifiers) => self.qualifiers = small(value),
            (Known::TimeCreated, Known::SystemTime) => self.time_created = value.time(),
            (Known::Correlation, Known::ActivityId) => set(&mut self.activity_id, value),
            (Known::Correlation, Known::RelatedActivityId) => {
                set(&mut self.related_activity_id, value);
            }
            (Known::Execution, Known::ProcessId) => self.process_id = small(value),
            (Known::Execution, Known::ThreadId) => self.thread_id = small(value),
            (Known::Security, Known::UserId) => set(&mut self.user_sid, value),
            _ => {}
        }
    }
}

fn set(text: &mut String, value: Value<'_>) {
    let mut bytes = std::mem::take(text).into_bytes();
    value.push_text(&mut bytes);
    // What values append is UTF-8.
    *text = String::from_utf8(bytes).unwrap_or_default();
}

fn small(value: Value<'_>) -> Option<u32> {
    u32::try_from(value.number()?).ok()
}
