//! An opened package: its members, its properties and its tables.

mod bytes;
mod collected;
mod collection;
mod context;
mod entry;
mod firewall;
mod folder;
mod key;
mod nested;
mod notes;
mod origin;
mod places;
mod reading;
mod roots;
mod survey;
mod warnings;

use arrow_array::RecordBatch;

use crate::{
    Budgets, Digests, Error, Inventory, Issue, IssueKind, Password, Source, Table, TableSchema,
    TextEncoding, Work, report::DERIVED, table::arrow_schema,
};

pub(crate) use bytes::Bytes;
pub(crate) use collected::{Collected, FIREWALL, Uncopied};
pub use collection::{About, Collection};
pub(crate) use context::{Context, Input};
pub(crate) use entry::{Entry, Place};
pub use folder::{FolderFile, LeftOut};
pub(crate) use key::Key;
pub(crate) use origin::Origin;
pub use places::Places;
pub(crate) use reading::Encodings;
use reading::Ran;
use roots::{in_words, package_roots};

use nested::Inner;

/// An opened package.
///
/// A table is read only when it is asked for. Damaged or oversized content never makes that fail:
/// the table is then marked partial, and an issue says why.
pub struct Package<S> {
    /// The zip, or the files of a folder.
    sources: Vec<S>,
    inventory: Inventory,
    entries: Vec<Entry>,
    /// The archives that lie in it.
    inner: Vec<Inner>,
    context: Context,
    issues: Vec<Issue>,
}

impl<S: Source> Package<S> {
    /// Opens a zip: checks and hashes every member, and determines the device, the time zone and
    /// the language.
    ///
    /// Fails like [`Inventory::verify`]: with [`Error::NotAZip`], [`Error::Truncated`] or
    /// [`Error::ReadFailed`].
    pub fn open(source: S, budgets: &Budgets) -> Result<Self, Error> {
        Self::open_with(source, budgets, None)
    }

    /// Like [`open`](Self::open), with the password of an archive into which somebody repacked the
    /// evidence. The password is also tried on zips inside it.
    ///
    /// Fails like [`Inventory::verify_with`], which adds [`Error::WrongPassword`].
    pub fn open_with(
        source: S,
        budgets: &Budgets,
        password: Option<&Password>,
    ) -> Result<Self, Error> {
        let inventory =
            Inventory::verify_with(&source, budgets, Digests::Sha256, password, |_| ())?;
        Self::from_inventory(source, inventory, budgets)
    }

    /// Opens a package whose inventory already exists. `inventory` must come from
    /// [`Inventory::verify`] or [`Inventory::verify_with`] on the same bytes.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn from_inventory(
        source: S,
        inventory: Inventory,
        budgets: &Budgets,
    ) -> Result<Self, Error> {
        let entries = inventory
            .members
            .iter()
            .filter(|member| !member.is_directory())
            .map(|member| {
                let key = Key::of(&member.name);
                Entry {
                    path: member.name.clone(),
                    origin: Origin::of(&key),
                    depth: 0,
                    key,
                    size: member.actual_size.unwrap_or(member.size),
                    sha256: member.sha256,
                    verdict: member.verdict,
                    place: Place::Member(member.index),
                }
            })
            .collect();
        let mut package = Self::assemble(vec![source], inventory, entries, Vec::new(), budgets)?;
        package.warn();
        let roots = package.roots();
        if roots.len() > 1 {
            let message = format!(
                "it holds {} packages ({}): their rows are mixed under one name, so read each by itself",
                roots.len(),
                in_words(&roots),
            );
            package.issues.push(Issue::of_package(IssueKind::SeveralPackages, message));
        }
        Ok(package)
    }

    fn assemble(
        sources: Vec<S>,
        inventory: Inventory,
        entries: Vec<Entry>,
        issues: Vec<Issue>,
        budgets: &Budgets,
    ) -> Result<Self, Error> {
        let context = Context {
            package_id: String::new(),
            device: None,
            locale: None,
            oem: crate::text::CodePage::of_locale(None),
            clock: crate::clock::Clock::default(),
            host_times: crate::artifact::system_info::TIMES,
            collected: Collected::default(),
            budgets: *budgets,
            inflatable: 0,
        };
        let mut package = Self { sources, inventory, entries, inner: Vec::new(), context, issues };
        package.open_nested()?;
        package.survey()?;
        package.recognise();
        Ok(package)
    }

    /// Where packages lie in it; more than one where several were put together.
    fn roots(&self) -> Vec<String> {
        package_roots(self.entries.iter().map(|entry| entry.path.as_str()))
    }

    /// The members of the zip and the result of checking them.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// The collection's GUID, which tells the rows of different packages apart. If the package does
    /// not contain it, a digest of the members.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.context.package_id
    }

    /// The device's name, as the package itself gives it.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.context.device.as_deref()
    }

    /// When the package was collected, and how its local times are interpreted.
    #[must_use]
    pub fn collection(&self) -> Collection {
        let clock = &self.context.clock;
        Collection {
            started: clock.collected.and_then(crate::clock::iso),
            ended: clock.ended.and_then(crate::clock::iso),
            started_ms: clock.collected.map(|micros| micros.div_euclid(1_000)),
            locale: self.context.locale.clone(),
            oem_code_page: self.context.oem.0,
            zone: clock.zone_name.clone(),
            utc_offset: clock.offset.map(crate::clock::show_offset),
            utc_offset_source: clock.offset_source,
            date_order: clock.order.map(crate::clock::Order::as_str),
            date_order_source: clock.order_source,
        }
    }

    /// The issues found while opening the package. Each table has further issues of its own.
    #[must_use]
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// The schemas of all tables that a package can have, including those without rows in this one.
    pub fn schemas() -> impl Iterator<Item = &'static TableSchema> {
        crate::artifact::tables().chain(DERIVED.iter().copied())
    }

    /// Reads one table into memory.
    ///
    /// Fails with [`Error::UnknownTable`] or [`Error::ReadFailed`].
    pub fn table(&self, name: &str) -> Result<Table, Error> {
        let schema = schema(name)?;
        if is_derived(schema) {
            let (batches, issues, is_partial) = self.derived(schema)?;
            let arrow_schema = arrow_schema(schema);
            return Ok(Table { schema, arrow_schema, batches, issues, is_partial });
        }
        let mut batches = Vec::new();
        let mut sink = |_: &'static TableSchema, batch: RecordBatch| {
            batches.push(batch);
            Ok(())
        };
        let limit = self.context.budgets.table_bytes;
        let Ran { tallies, issues, .. } = self.run(&[schema], limit, &mut sink)?;
        let is_partial = tallies.get(name).is_some_and(|tally| tally.is_partial);
        Ok(Table { schema, arrow_schema: arrow_schema(schema), batches, issues, is_partial })
    }

    /// Reads one table batch by batch, so that memory use does not grow with its size.
    ///
    /// Passes each batch to `sink` and returns the table without batches. Fails like
    /// [`table`](Self::table), or with the error that `sink` returns.
    pub fn stream(
        &self,
        name: &str,
        sink: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
    ) -> Result<Table, Error> {
        let schema = schema(name)?;
        if is_derived(schema) {
            let mut table = self.table(name)?;
            for batch in std::mem::take(&mut table.batches) {
                sink(batch)?;
            }
            return Ok(table);
        }
        let mut sink = |_: &'static TableSchema, batch: RecordBatch| sink(batch);
        let Ran { tallies, issues, .. } = self.run(&[schema], u64::MAX, &mut sink)?;
        let is_partial = tallies.get(name).is_some_and(|tally| tally.is_partial);
        let arrow_schema = arrow_schema(schema);
        Ok(Table { schema, arrow_schema, batches: Vec::new(), issues, is_partial })
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How the text of a member is decoded, which is known for certain only at its end; `None` where it
    /// cannot be read.
    pub(crate) fn encoding(&self, entry: &Entry) -> Result<Option<TextEncoding>, Error> {
        if self.take_up(Work::Survey, entry).is_err() {
            return Ok(None);
        }
        let encoding = self.input(entry).and_then(Input::encoding);
        self.put_down();
        match encoding {
            Err(error) if error.is_of_the_member() => Ok(None),
            encoding => encoding.map(Some),
        }
    }

    /// A member, ready to be read.
    pub(crate) fn input<'a>(&'a self, entry: &'a Entry) -> Result<Input<'a>, Error> {
        Ok(Input {
            entry,
            bytes: self.bytes(entry)?,
            oem: self.context.oem,
            budgets: &self.context.budgets,
            told: None,
        })
    }

    fn bytes(&self, entry: &Entry) -> Result<Bytes<'_>, Error> {
        let lost = || Error::Unreadable {
            name: crate::name::shorten(&entry.path),
            reason: "it was not kept when its archive was opened".to_owned(),
        };
        let budgets = &self.context.budgets;
        match entry.place {
            Place::Member(index) => {
                let index = usize::try_from(index).ok();
                let member = index.and_then(|index| self.inventory.members.get(index));
                let (member, source) = member.zip(self.sources.first()).ok_or_else(lost)?;
                Ok(Bytes::of_member(self.inventory.reader(source, member, budgets)?))
            }
            Place::File(index) => {
                self.sources.get(index).map(|s| Bytes::of_file(s)).ok_or_else(lost)
            }
            Place::Inner(archive, index) => {
                let archive = self.inner.get(archive).ok_or_else(lost)?;
                archive.bytes(index, budgets)?.ok_or_else(lost)
            }
        }
    }
}

pub(crate) fn schema(name: &str) -> Result<&'static TableSchema, Error> {
    crate::artifact::tables()
        .chain(DERIVED.iter().copied())
        .find(|table| table.name == name)
        .ok_or_else(|| Error::UnknownTable { name: crate::name::shorten(name) })
}

fn is_derived(schema: &TableSchema) -> bool {
    DERIVED.iter().any(|derived| derived.name == schema.name)
}

impl<S> std::fmt::Debug for Package<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Package")
            .field("id", &self.context.package_id)
            .field("members", &self.entries.len())
            .finish_non_exhaustive()
    }
}
