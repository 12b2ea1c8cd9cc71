use std::borrow::Cow;

use super::{Json, Read, Wrong};

/// The fields of an object that were not taken yet.
#[derive(Debug)]
pub struct Fields<'a> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    /// What is wrong with a field that need not be there.
    wrong: Option<Wrong>,
}

impl<'a> Fields<'a> {
    /// Reads an object by its fields. Fails if it is none, and with the first field that is wrong.
    pub fn read<T>(
        json: Json<'a>,
        read: impl FnOnce(&mut Self) -> Result<T, Wrong>,
    ) -> Result<T, Wrong> {
        let mut fields = Self::of(json)?;
        let read = read(&mut fields);
        fields.wrong.map_or(read, Err)
    }

    /// The same for an object that may have no other fields.
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

    /// Takes a field that may be missing or null. One that is there twice, or is no `T`, fails the whole object.
    pub fn optional<T: Read>(&mut self, name: &str) -> Option<T> {
        self.take(name).unwrap_or_else(|wrong| {
            self.wrong.get_or_insert(wrong);
            None
        })
    }

    /// Takes a field. Fails if it is not there and has to be, is there twice, or is no `T`.
    pub fn take<T: Read>(&mut self, name: &str) -> Result<T, Wrong> {
        match self.value(name)? {
            Some(value) => T::read(value).map_err(|wrong| wrong.at(name)),
            None => T::missing().ok_or_else(|| Wrong::missing(name)),
        }
    }

    /// Takes a field that may be missing, though it may not be null. Fails if it is there twice, or is no `T`.
    pub fn take_or<T: Read>(&mut self, name: &str, otherwise: T) -> Result<T, Wrong> {
        match self.value(name)? {
            Some(value) => T::read(value).map_err(|wrong| wrong.at(name)),
            None => Ok(otherwise),
        }
    }

    /// Takes an optional field that goes by two names; the first counts.
    pub fn either<T: Read>(&mut self, name: &str, other: &str) -> Option<T> {
        let (first, second) = (self.optional(name), self.optional(other));
        first.or(second)
    }

    /// Takes a field as it is. Fails if it is there twice.
    pub fn value(&mut self, name: &str) -> Result<Option<Json<'a>>, Wrong> {
        let mut places = (0..).zip(&self.left).filter(|(_, (other, _))| other == name);
        let (first, second) = (places.next().map(|(at, _)| at), places.next());
        if second.is_some() {
            return Err(Wrong::new(format!("duplicate field `{name}`")));
        }
        Ok(first.map(|at| self.left.swap_remove(at).1))
    }

    /// Fails if there is a field that was not taken.
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
