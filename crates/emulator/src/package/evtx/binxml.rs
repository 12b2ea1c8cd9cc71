//! Binary XML: the template that gives an event its shape, and the values that fill it.

use super::chunk::Chunk;
use super::{Event, Log, Value};
use crate::package::bytes::{Put as _, len16, len32};
use crate::package::rng::hash;
use crate::package::text::utf16;

/// Appends a template instance for this event; the definition comes with a chunk's first use.
pub(super) fn instance(chunk: &mut Chunk, event: &Event) {
    let id = template_id(event);
    chunk.bytes.extend(FRAGMENT);
    chunk.bytes.extend([0x0c, 0x01]);
    chunk.bytes.u32(id);
    match chunk.template(id) {
        Some(offset) => chunk.bytes.u32(offset),
        None => define(chunk, event, id),
    }
    values(&mut chunk.bytes, event);
}

/// One template per event ID.
fn template_id(event: &Event) -> u32 {
    len32(usize::from(event.id)) ^ 0x5f3a_0000
}

fn define(chunk: &mut Chunk, event: &Event, id: u32) {
    let offset = chunk.bytes.len() + 4;
    chunk.bytes.u32(len32(offset));
    let next = chunk.remember_template(id, len32(offset));
    chunk.bytes.u32(next);
    chunk.bytes.u32(id);
    let rest = hash(u64::from(id), b"template").to_le_bytes();
    chunk.bytes.extend(rest);
    chunk.bytes.u32(0x1f2e_3d4c);
    let size_at = chunk.bytes.len();
    chunk.bytes.u32(0);
    chunk.bytes.extend(FRAGMENT);
    event_element(chunk, event);
    chunk.bytes.push(END_OF_STREAM);
    let size = len32(chunk.bytes.len() - size_at - 4);
    chunk.bytes.patch(size_at, &size.to_le_bytes());
}

fn event_element(chunk: &mut Chunk, event: &Event) {
    let xmlns = Body::Text("http://schemas.microsoft.com/win/2004/08/events/event");
    element(chunk, "Event", &[("xmlns", xmlns)], |chunk| {
        element(chunk, "System", &[], |chunk| system(chunk, event.log));
        element(chunk, "EventData", &[], |chunk| {
            for (index, (name, value)) in event.data.iter().enumerate() {
                let slot = Body::Slot(FIRST_DATA + len16(index), kind(value));
                element(chunk, "Data", &[("Name", Body::Text(name))], |chunk| body(chunk, slot));
            }
        });
    });
}

fn system(chunk: &mut Chunk, log: &Log) {
    let provider = Body::Text(log.provider);
    let leaf = |chunk: &mut Chunk, name, content| {
        element(chunk, name, &[], |chunk| body(chunk, content));
    };
    element(chunk, "Provider", &[("Name", provider), ("Guid", Body::Slot(9, GUID))], |_| ());
    leaf(chunk, "EventID", Body::Slot(0, U16));
    leaf(chunk, "Version", Body::Slot(1, U8));
    leaf(chunk, "Level", Body::Slot(2, U8));
    leaf(chunk, "Task", Body::Slot(3, U16));
    leaf(chunk, "Opcode", Body::Slot(4, U8));
    leaf(chunk, "Keywords", Body::Slot(5, HEX64));
    element(chunk, "TimeCreated", &[("SystemTime", Body::Slot(6, FILETIME))], |_| ());
    leaf(chunk, "EventRecordID", Body::Slot(7, U64));
    let activity = log.activity.map(|activity| ("ActivityID", Body::Text(activity)));
    element(chunk, "Correlation", activity.as_slice(), |_| ());
    let execution = [("ProcessID", Body::Slot(10, U32)), ("ThreadID", Body::Slot(11, U32))];
    element(chunk, "Execution", &execution, |_| ());
    leaf(chunk, "Channel", Body::Text(log.channel));
    leaf(chunk, "Computer", Body::Slot(8, TEXT));
    let user = log.user.map(|user| ("UserID", Body::Text(user)));
    element(chunk, "Security", user.as_slice(), |_| ());
}

/// What stands between two tags or in an attribute.
#[derive(Clone, Copy)]
enum Body<'a> {
    Text(&'a str),
    /// A substitution: its number and the type of its value.
    Slot(u16, u8),
}

fn element(
    chunk: &mut Chunk,
    name: &str,
    attributes: &[(&str, Body<'_>)],
    content: impl FnOnce(&mut Chunk),
) {
    chunk.bytes.push(if attributes.is_empty() { 0x01 } else { 0x41 });
    chunk.bytes.u16(0xffff);
    let size_at = chunk.bytes.len();
    chunk.bytes.u32(0);
    chunk.name(name);
    if !attributes.is_empty() {
        let list_at = chunk.bytes.len();
        chunk.bytes.u32(0);
        for (index, (name, value)) in attributes.iter().enumerate() {
            chunk.bytes.push(if index + 1 < attributes.len() { 0x46 } else { 0x06 });
            chunk.name(name);
            body(chunk, *value);
        }
        let list = len32(chunk.bytes.len() - list_at - 4);
        chunk.bytes.patch(list_at, &list.to_le_bytes());
    }
    let content_at = chunk.bytes.len();
    chunk.bytes.push(0x02);
    content(chunk);
    if chunk.bytes.len() == content_at + 1 {
        chunk.bytes.patch(content_at, &[0x03]);
    } else {
        chunk.bytes.push(0x04);
    }
    let size = len32(chunk.bytes.len() - size_at - 4);
    chunk.bytes.patch(size_at, &size.to_le_bytes());
}

fn body(chunk: &mut Chunk, body: Body<'_>) {
    match body {
        Body::Text(text) => {
            chunk.bytes.extend([0x05, 0x01]);
            chunk.bytes.u16(len16(text.encode_utf16().count()));
            chunk.bytes.extend(utf16(text));
        }
        Body::Slot(number, kind) => {
            chunk.bytes.push(0x0d);
            chunk.bytes.u16(number);
            chunk.bytes.push(kind);
        }
    }
}

/// The substitution values: a table of sizes and types, then the bytes.
fn values(out: &mut Vec<u8>, event: &Event) {
    let mut all: Vec<(u8, Vec<u8>)> = vec![
        (U16, event.id.to_le_bytes().to_vec()),
        (U8, vec![2]),
        (U8, vec![event.level]),
        (U16, event.task.to_le_bytes().to_vec()),
        (U8, vec![0]),
        (HEX64, event.keywords.to_le_bytes().to_vec()),
        (FILETIME, event.time.to_le_bytes().to_vec()),
        (U64, event.record.to_le_bytes().to_vec()),
        (TEXT, utf16(&event.computer)),
        (GUID, event.log.guid.to_vec()),
        (U32, 4_u32.to_le_bytes().to_vec()),
        (U32, 208_u32.to_le_bytes().to_vec()),
    ];
    all.extend(event.data.iter().map(|(_, value)| (kind(value), encode(value))));
    out.u32(len32(all.len()));
    for (kind, bytes) in &all {
        out.u16(len16(bytes.len()));
        out.extend([*kind, 0]);
    }
    for (_, bytes) in all {
        out.extend(bytes);
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Guid(_) => GUID,
        Value::Hex64(_) => HEX64,
        Value::Number(_) => U32,
        Value::Sid(_) => SID,
        Value::Text(_) => TEXT,
    }
}

fn encode(value: &Value) -> Vec<u8> {
    match value {
        Value::Guid(bytes) => bytes.to_vec(),
        Value::Hex64(number) => number.to_le_bytes().to_vec(),
        Value::Number(number) => number.to_le_bytes().to_vec(),
        Value::Sid(text) => sid(text),
        Value::Text(text) => utf16(text),
    }
}

/// The binary form of `S-1-5-...` ([MS-DTYP] 2.4.2).
fn sid(text: &str) -> Vec<u8> {
    let mut numbers = text.split('-').skip(2).filter_map(|part| part.parse::<u32>().ok());
    let authority = numbers.next().unwrap_or(0).to_be_bytes();
    let parts: Vec<u32> = numbers.collect();
    let mut bytes = vec![1, u8::try_from(parts.len()).unwrap_or(0), 0, 0];
    bytes.extend(authority);
    for part in parts {
        bytes.u32(part);
    }
    bytes
}

const FRAGMENT: [u8; 4] = [0x0f, 1, 1, 0];
const END_OF_STREAM: u8 = 0;
/// The first substitution of `EventData`; those before are of `System`.
const FIRST_DATA: u16 = 12;

const TEXT: u8 = 0x01;
const U8: u8 = 0x04;
const U16: u8 = 0x06;
const U32: u8 = 0x08;
const U64: u8 = 0x0a;
const GUID: u8 = 0x0f;
const FILETIME: u8 = 0x11;
const SID: u8 = 0x13;
const HEX64: u8 = 0x15;
