//! How values are written.
//!
//! All types are written through one writer that cannot fail for want of a place to write to: what serde's JSON does for
//! each type and each place was a tenth of what a page loads, and took a third of the time of a call.

use std::fmt::{self, Write};

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

/// Writes a value as JSON on one line; nothing where it cannot be JSON.
#[must_use]
pub fn text(value: &impl Serialize) -> String {
    write(value, None)
}

/// Writes a value as JSON for people: a line for each item, indented by two blanks.
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    write(value, Some(0))
}

fn write(value: &impl Serialize, depth: Option<usize>) -> String {
    let mut writer = Writer { text: String::with_capacity(128), depth };
    match value.serialize(&mut writer) {
        Ok(()) => writer.text,
        Err(Unwritable) => String::new(),
    }
}

/// What is written so far.
struct Writer {
    text: String,
    /// How deep it is nested; none on one line.
    depth: Option<usize>,
}

/// The value has no JSON.
#[derive(Debug)]
struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value has no JSON")
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Written = Result<(), Unwritable>;

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn display(&mut self, value: impl fmt::Display) -> Written {
        write!(self.text, "{value}").map_err(|_| Unwritable)
    }

    fn string(&mut self, text: &str) {
        self.put("\"");
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            if !must_escape(byte) {
                continue;
            }
            self.put(text.get(written..at).unwrap_or_default());
            written = at + 1;
            match byte {
                b'"' => self.put("\\\""),
                b'\\' => self.put("\\\\"),
                b'\n' => self.put("\\n"),
                b'\r' => self.put("\\r"),
                b'\t' => self.put("\\t"),
                0x08 => self.put("\\b"),
                0x0c => self.put("\\f"),
                _ => {
                    self.put("\\u00");
                    self.put(if byte < 0x10 { "0" } else { "1" });
                    self.text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
                }
            }
        }
        self.put(text.get(written..).unwrap_or_default());
        self.put("\"");
    }

    fn open(&mut self, bracket: &str) {
        self.put(bracket);
        self.depth = self.depth.map(|depth| depth + 1);
    }

    /// What stands before an item.
    fn item(&mut self, is_first: bool) {
        if !is_first {
            self.put(",");
        }
        self.line();
    }

    fn line(&mut self) {
        if let Some(depth) = self.depth {
            self.put("\n");
            for _ in 0..depth {
                self.put("  ");
            }
        }
    }

    fn close(&mut self, bracket: &str, is_empty: bool) {
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        if !is_empty {
            self.line();
        }
        self.put(bracket);
    }

    fn name(&mut self, name: &str) {
        self.string(name);
        self.colon();
    }

    fn colon(&mut self) {
        self.put(if self.depth.is_some() { ": " } else { ":" });
    }
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// A list or an object that is being written.
struct Items<'a> {
    writer: &'a mut Writer,
    is_first: bool,
    is_list: bool,
    /// Whether it is the value of a variant's name.
    is_of_variant: bool,
}

impl<'a> Items<'a> {
    fn new(writer: &'a mut Writer, is_list: bool, variant: Option<&str>) -> Self {
        if let Some(variant) = variant {
            writer.open("{");
            writer.item(true);
            writer.name(variant);
        }
        writer.open(if is_list { "[" } else { "{" });
        Self { writer, is_first: true, is_list, is_of_variant: variant.is_some() }
    }

    fn next(&mut self) {
        self.writer.item(std::mem::take(&mut self.is_first));
    }

    fn finish(self) {
        self.writer.close(if self.is_list { "]" } else { "}" }, self.is_first);
        if self.is_of_variant {
            self.writer.close("}", false);
        }
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Items<'a>;
    type SerializeStruct = Items<'a>;
    type SerializeStructVariant = Items<'a>;

    fn serialize_bool(self, truth: bool) -> Written {
        self.put(if truth { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, number: i8) -> Written {
        self.serialize_i64(number.into())
    }

    fn serialize_i16(self, number: i16) -> Written {
        self.serialize_i64(number.into())
    }

    fn serialize_i32(self, number: i32) -> Written {
        self.serialize_i64(number.into())
    }

    fn serialize_i64(self, number: i64) -> Written {
        self.display(number)
    }

    fn serialize_u8(self, number: u8) -> Written {
        self.serialize_u64(number.into())
    }

    fn serialize_u16(self, number: u16) -> Written {
        self.serialize_u64(number.into())
    }

    fn serialize_u32(self, number: u32) -> Written {
        self.serialize_u64(number.into())
    }

    fn serialize_u64(self, number: u64) -> Written {
        self.display(number)
    }

    fn serialize_f32(self, number: f32) -> Written {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Written {
        if !number.is_finite() {
            return self.serialize_unit();
        }
        // As `Debug` has it, a whole number is still one with a fraction.
        write!(self.text, "{number:?}").map_err(|_| Unwritable)
    }

    fn serialize_char(self, char: char) -> Written {
        self.serialize_str(char.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Written {
        self.string(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.put("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let mut items = Items::new(self, false, None);
        SerializeStruct::serialize_field(&mut items, variant, value)?;
        items.finish();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, true, None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, true, None))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, true, None))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, true, Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, false, None))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, false, None))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Items<'a>, Unwritable> {
        Ok(Items::new(self, false, Some(variant)))
    }
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.next();
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeTuple for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeTupleStruct for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeTupleVariant for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeMap for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.next();
        let begin = self.writer.text.len();
        key.serialize(&mut *self.writer)?;
        // A name is a text, whatever the key is.
        if !self.writer.text.get(begin..).is_some_and(|key| key.starts_with('"')) {
            let key = self.writer.text.split_off(begin);
            self.writer.string(&key);
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.writer.colon();
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeStruct for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
        self.next();
        self.writer.name(name);
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

impl SerializeStructVariant for Items<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Written {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn end(self) -> Written {
        self.finish();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
            "[\\x00-\\x7f]*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_serde_json_writes(value in values()) {
            prop_assert_eq!(text(&value), serde_json::to_string(&value).unwrap());
            prop_assert_eq!(pretty(&value), serde_json::to_string_pretty(&value).unwrap());
        }

        #[test]
        fn a_float_is_read_back_as_it_was(number in any::<f64>()) {
            let expected = if number.is_finite() { Ok(number) } else { Err("null".to_owned()) };
            let written = text(&number);
            prop_assert_eq!(written.parse::<f64>().map_err(|_| written), expected);
        }
    }

    #[derive(Serialize)]
    enum Shapes {
        Unit,
        Newtype(u8),
        Tuple(u8, char),
        Struct { field: Option<()>, bytes: (i8, f32) },
    }

    #[derive(Serialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        Empty,
        Inner(Outer),
        Struct { field: u16 },
    }

    #[derive(Serialize)]
    struct Outer {
        before: bool,
        #[serde(flatten)]
        inner: BTreeMap<String, i32>,
    }

    #[test]
    fn every_shape_is_written_as_serde_json_writes_it() {
        let outer = || Outer { before: true, inner: BTreeMap::from([("key".to_owned(), -1)]) };
        let shapes = (
            [Shapes::Unit, Shapes::Newtype(1), Shapes::Tuple(2, '"')],
            Shapes::Struct { field: None, bytes: (-3, 0.5) },
            [Tagged::Empty, Tagged::Inner(outer()), Tagged::Struct { field: 4 }],
            BTreeMap::from([(7u64, Vec::<u8>::new())]),
            (f64::NAN, f64::NEG_INFINITY, 1.0, -0.0, 1e-7, 300.0),
            BTreeMap::<u8, u8>::new(),
        );
        assert_eq!(text(&shapes), serde_json::to_string(&shapes).unwrap());
        assert_eq!(pretty(&shapes), serde_json::to_string_pretty(&shapes).unwrap());
        assert_eq!(text(&json!({})), "{}");
    }

    #[test]
    fn what_has_no_json_is_written_as_nothing() {
        struct Never;
        impl Serialize for Never {
            fn serialize<S: ser::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(ser::Error::custom("never"))
            }
        }
        assert_eq!(text(&[Never]), "");
    }
}
