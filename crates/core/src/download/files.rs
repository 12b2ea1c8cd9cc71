//! The output folder as work sees it.

use super::manifest::MAX_SIZE;
use super::{Judgement, Manifest, Sidecar};
use crate::work::{Effect, EffectResult, Effects, Failure};
use crate::{Code, Error};

/// The files of one package, accessed through a driver.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) effects: Effects,
    /// The folder's name in error messages.
    folder: String,
    pub(super) package: String,
}

/// What exists under a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    Nothing,
    File(u64),
    Other,
}

impl Files {
    pub(super) fn new(effects: Effects, folder: &str, package: &str) -> Self {
        Self { effects, folder: folder.to_owned(), package: package.to_owned() }
    }

    pub(super) fn part(&self) -> String {
        format!("{}.part", self.package)
    }

    pub(super) fn sidecar_name(&self) -> String {
        format!("{}.part.json", self.package)
    }

    pub(super) fn manifest_name(&self) -> String {
        format!("{}.manifest.json", self.package)
    }

    /// The files of a damaged package that is kept.
    pub(super) fn damaged(&self) -> Self {
        let stem = self.package.strip_suffix(".zip").unwrap_or(&self.package);
        Self { package: format!("{stem}.damaged.zip"), ..self.clone() }
    }

    /// The file's path as shown to a person.
    pub(super) fn shown(&self, name: &str) -> String {
        if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) }
    }

    pub(super) async fn look(&self, name: &str) -> Result<Found, Error> {
        let given = self.ask(name, Effect::Look { name: name.to_owned() }).await?;
        Ok(match given.length {
            None => Found::Nothing,
            Some(length) if given.is_file => Found::File(length),
            Some(_) => Found::Other,
        })
    }

    pub(super) async fn read(&self, name: &str, at: u64, length: u64) -> Result<Vec<u8>, Error> {
        let effect = Effect::Read { name: name.to_owned(), at, length };
        Ok(self.ask(name, effect).await?.bytes.unwrap_or_default())
    }

    /// Calls `take` with all bytes and returns their number.
    pub(super) async fn read_all(
        &self,
        name: &str,
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<u64, Error> {
        let mut at = 0;
        loop {
            let bytes = self.read(name, at, BLOCK).await?;
            if bytes.is_empty() {
                return Ok(at);
            }
            take(&bytes);
            at += bytes.len() as u64;
        }
    }

    pub(super) async fn sidecar(&self) -> Sidecar {
        let read = self.read(&self.sidecar_name(), 0, MAX_SIDECAR).await;
        read.map(|json| Sidecar::read(&json)).unwrap_or_default()
    }

    pub(super) async fn manifest(&self) -> Result<Manifest, Error> {
        let name = self.manifest_name();
        let shown = self.shown(&name);
        match self.look(&name).await? {
            Found::File(length) if length <= MAX_SIZE => {}
            Found::File(_) => return Err(Manifest::unusable(&shown, "it is too large")),
            _ => return Err(Manifest::unusable(&shown, "there is none")),
        }
        Manifest::read(&self.read(&name, 0, MAX_SIZE).await?, &shown)
    }

    pub(super) async fn remove(&self, name: &str) -> Result<(), Error> {
        self.ask(name, Effect::Remove { name: name.to_owned() }).await.map(drop)
    }

    pub(super) async fn truncate(&self, name: &str, length: u64) -> Result<(), Error> {
        self.ask(name, Effect::Truncate { name: name.to_owned(), length }).await.map(drop)
    }

    pub(super) async fn replace(&self, name: &str, text: String) -> Result<(), Error> {
        self.ask(name, Effect::Replace { name: name.to_owned(), text }).await.map(drop)
    }

    /// Creates a file; false if a file of that name exists, which is kept.
    pub(super) async fn create(&self, name: &str, text: String) -> Result<bool, Error> {
        let given = self.ask(name, Effect::Create { name: name.to_owned(), text }).await?;
        Ok(!given.exists)
    }

    /// Renames a file; false if a file of the new name exists, which is kept.
    pub(super) async fn rename(&self, name: &str, to: &str) -> Result<bool, Error> {
        let effect = Effect::Rename { name: name.to_owned(), to: to.to_owned() };
        Ok(!self.ask(to, effect).await?.exists)
    }

    pub(super) async fn sync(&self, name: Option<&str>) -> Result<(), Error> {
        let effect = Effect::Sync { name: name.map(str::to_owned) };
        self.ask(name.unwrap_or_default(), effect).await.map(drop)
    }

    pub(super) async fn lock(&self) -> Result<(), Error> {
        let name = self.part();
        let given = self.ask(&name, Effect::Lock { name: name.clone() }).await?;
        if given.exists {
            let text = format!("`{}`: another download writes this file", self.shown(&name));
            return Err(Error::new(Code::OutputFailed, text).with_hint(
                "another process collects into this folder; wait for it, or give another folder",
            ));
        }
        Ok(())
    }

    pub(super) async fn unlock(&self) {
        let _ = self.effects.ask(Effect::Unlock { name: self.part() }).await;
    }

    pub(super) async fn judge(&self, name: &str, length: u64) -> Result<Judgement, Error> {
        let given = self.ask(name, Effect::Judge { name: name.to_owned(), length }).await?;
        let none = || Error::new(Code::Internal, "a package that was checked without a judgement");
        given.judgement.ok_or_else(none)
    }

    pub(super) async fn ask(&self, name: &str, effect: Effect) -> Result<EffectResult, Error> {
        let mut given = self.effects.ask(effect).await;
        match given.failed.take() {
            Some(failure) => Err(self.failed(name, &failure)),
            None => Ok(given),
        }
    }

    fn failed(&self, name: &str, failure: &Failure) -> Error {
        if let Some(error) = &failure.error {
            return error.clone();
        }
        let text = format!("`{}`: {}", self.shown(name), failure.message);
        let failed = Error::new(Code::OutputFailed, text);
        match failure.code.as_deref().and_then(disk_hint) {
            Some(hint) => failed.with_hint(hint),
            None => failed,
        }
    }
}

/// The hint for a disk error with this system or browser error code, if there is one.
#[must_use]
pub fn disk_hint(code: &str) -> Option<&'static str> {
    match code {
        "ENOSPC" | "EDQUOT" | "QuotaExceededError" => {
            Some("the disk is full; make room and run again, what was received is kept")
        }
        "EACCES" | "EPERM" | "EROFS" | "NotAllowedError" => {
            Some("the folder cannot be written; give another one or the right to write there")
        }
        "EFBIG" => {
            Some("the file system does not take files of this size; give a folder on another one")
        }
        _ => None,
    }
}

const BLOCK: u64 = 1 << 20;
const MAX_SIDECAR: u64 = 64 << 10;
