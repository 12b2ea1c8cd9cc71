use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::{Json, Read, Wrong};

/// The fields of an object that were not taken yet.
#[derive(Debug)]
pub struct Fields<'a> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    /// The first error in an optional field.
    wrong: Option<Wrong>,
}

impl<'a> Fields<'a> {
    /// Reads an object by its fields. Fails if it is not an object, and with the first invalid
    /// field.
    pub fn read<T>(
        json: Json<'a>,
        read: impl FnOnce(&mut Self) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        let mut fields = Self::of(json)?;
        let read = read(&mut fields);
        fields.wrong.map_or(read, Err)
    }

    /// Like [`read`](Self::read), for an object without other fields. Fails as [`read`](Self::read)
    /// does, and for an unknown field.
    pub fn read_all<T>(
        json: Json<'a>,
        read: impl FnOnce(&mut Self) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        Self::read(json, |fields| {
            let read = read(fields)?;
            fields.end().map(|()| read)
        })
    }

    fn of(json: Json<'a>) -> Result<Self, Wrong> {
        match json {
            Json::Object(left) => Ok(Self { left, wrong: None }),
            other => Err(Wrong::kind(other.kind(), "an object")),
        }
    }

    /// Takes a field that may be missing or null. A duplicate field, or one that is not a `T`,
    /// fails the whole object.
    pub fn optional<T: Read>(&mut self, name: &str) -> Option<T> {
        let read = match self.value(name) {
            Ok(None | Some(Json::Null)) => return None,
            Ok(Some(value)) => T::read(value),
            Err(wrong) => Err(wrong),
        };
        read.map_err(|wrong| self.spoil(wrong, name)).ok()
    }

    /// Takes a field. Fails if it is missing, is a duplicate, or is not a `T`.
    pub fn take<T: Read>(&mut self, name: &str) -> Result<T, Wrong> {
        T::read(self.needed(name)?).map_err(|wrong| wrong.at(name))
    }

    /// Takes a field that may be missing but not null. Fails if it is a duplicate or is not a `T`.
    pub fn take_or<T: Read>(&mut self, name: &str, otherwise: T) -> Result<T, Wrong> {
        match self.value(name)? {
            Some(value) => T::read(value).map_err(|wrong| wrong.at(name)),
            None => Ok(otherwise),
        }
    }

    /// Takes a number in this range. Fails as [`take`](Self::take) does, and for a number out of
    /// range.
    pub(crate) fn take_within(
        &mut self,
        name: &str,
        range: RangeInclusive<u32>,
    ) -> Result<u32, Wrong> {
        let number = self.take(name)?;
        if range.contains(&number) { Ok(number) } else { Err(Wrong::out_of_range().at(name)) }
    }

    /// Like [`take_within`](Self::take_within), for a number that may be missing but not null.
    pub(crate) fn take_within_or(
        &mut self,
        name: &str,
        range: RangeInclusive<u32>,
        otherwise: u32,
    ) -> Result<u32, Wrong> {
        let number = self.take_or(name, otherwise)?;
        if range.contains(&number) { Ok(number) } else { Err(Wrong::out_of_range().at(name)) }
    }

    /// Takes an optional field with two possible names; the first name wins.
    pub fn either<T: Read>(&mut self, name: &str, other: &str) -> Option<T> {
        let (first, second) = (self.optional(name), self.optional(other));
        first.or(second)
    }

    /// Takes a field's value unread. Fails if the field is a duplicate.
    pub fn value(&mut self, name: &str) -> Result<Option<Json<'a>>, Wrong> {
        let mut found = None;
        for (at, (other, _)) in self.left.iter().enumerate() {
            if **other == *name && found.replace(at).is_some() {
                return Err(Wrong::new(format!("duplicate field `{name}`")));
            }
        }
        Ok(found.map(|at| self.left.swap_remove(at).1))
    }

    fn needed(&mut self, name: &str) -> Result<Json<'a>, Wrong> {
        self.value(name)?.ok_or_else(|| Wrong::missing(name))
    }

    fn spoil(&mut self, wrong: Wrong, name: &str) {
        self.wrong.get_or_insert_with(|| wrong.at(name));
    }

    /// Fails if a field was not taken.
    fn end(&self) -> Result<(), Wrong> {
        match self.left.first() {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(64).collect();
                Err(Wrong::new(format!("unknown field `{}`", shown.escape_debug())))
            }
        }
    }
}
