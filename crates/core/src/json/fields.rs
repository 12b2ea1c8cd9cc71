use std::borrow::Cow;

use super::{Json, Read, Wrong};

/// The fields of an object that were not taken yet.
#[derive(Debug)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Fields<'a> {
    /// The fields of an object.
    ///
    /// Fails with what it is, if it is none.
    pub fn of(json: Json<'a>) -> Result<Self, Wrong> {
        match json {
            Json::Object(fields) => Ok(Self(fields)),
            other => Err(Wrong::kind(other.kind(), "an object")),
        }
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

    /// Takes a field that goes by two names; the first counts. Fails if either is there twice, or is no `T`.
    pub fn either<T: Read>(&mut self, name: &str, other: &str) -> Result<Option<T>, Wrong> {
        let (first, second): (Option<_>, Option<_>) = (self.take(name)?, self.take(other)?);
        Ok(first.or(second))
    }

    /// Takes a field as it is. Fails if it is there twice.
    pub fn value(&mut self, name: &str) -> Result<Option<Json<'a>>, Wrong> {
        let mut places = (0..).zip(&self.0).filter(|(_, (other, _))| other == name);
        let (first, second) = (places.next().map(|(at, _)| at), places.next());
        if second.is_some() {
            return Err(Wrong::new(format!("duplicate field `{name}`")));
        }
        Ok(first.map(|at| self.0.swap_remove(at).1))
    }

    /// Fails if there is a field that was not taken.
    pub fn end(self) -> Result<(), Wrong> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                let shown: String = name.chars().take(64).collect();
                Err(Wrong::new(format!("unknown field `{}`", shown.escape_debug())))
            }
        }
    }
}
