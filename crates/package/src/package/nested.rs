use super::{Bytes, Entry, Key, Package, Place, notes::Notes, warnings::hazards};
use crate::{
    Budgets, Digests, Error, Inventory, IssueKind, Source, Verification, Work,
    artifact::ARTIFACTS,
    cab::{self, Cabinet, Inflated},
    name::safe,
};

/// An opened archive inside the package.
pub(super) enum Inner {
    Cab(Cabinet),
    Zip { bytes: Vec<u8>, inventory: Box<Inventory> },
}

impl Inner {
    pub(super) fn bytes(
        &self,
        index: usize,
        budgets: &Budgets,
    ) -> Result<Option<Bytes<'_>>, Error> {
        Ok(match self {
            Self::Cab(cabinet) => cabinet.files.get(index).and_then(|file| {
                let bytes = Bytes::of(file.bytes.as_deref()?);
                Some(match file.fault() {
                    Some(reason) => bytes.failing(&file.name, reason),
                    None => bytes,
                })
            }),
            Self::Zip { bytes, inventory } => match inventory.members.get(index) {
                Some(member) => Some(Bytes::of_member(inventory.reader(bytes, member, budgets)?)),
                None => None,
            },
        })
    }
}

impl<S: Source> Package<S> {
    /// Opens the archives in the package, and those inside them, as deeply as the budget allows.
    ///
    /// Their bytes are held, up to the budget for held bytes in all. Their inflated bytes and
    /// members count together with the package's own. Fails with [`Error::ReadFailed`]; an archive
    /// that cannot be opened is an issue.
    pub(super) fn open_nested(&mut self) -> Result<(), Error> {
        let mut held = self.context.budgets.held_bytes;
        let inflated = self.inventory.members.iter().filter_map(|member| member.actual_size).sum();
        let mut left = self.context.budgets.left(self.inventory.length, inflated);
        let mut notes = Notes::new(&self.context.budgets);
        let mut next = 0;
        while let Some(entry) = self.entries.get(next).cloned() {
            next += 1;
            let is_zip = entry.key.has_extension("zip");
            let is_cab = entry.key.has_extension("cab");
            if !(is_zip || is_cab) {
                continue;
            }
            if entry.depth + 1 >= self.context.budgets.depth {
                let what = "it lies deeper than archives are opened";
                notes.add(IssueKind::OverBudget, &entry, what);
                continue;
            }
            if left == 0 || self.room() == 0 {
                let what = "the budget of the package ran out before it was opened";
                notes.add(IssueKind::OverBudget, &entry, what);
                continue;
            }
            let taken_up = self.take_up(Work::Open, &entry);
            let bytes =
                match taken_up.and_then(|()| self.input(&entry)).and_then(|input| input.held(held))
                {
                    Ok(bytes) => bytes,
                    Err(error) if error.is_of_the_member() => {
                        self.put_down();
                        notes.add(IssueKind::of(&error), &entry, &error.to_string());
                        continue;
                    }
                    Err(error) => {
                        self.put_down();
                        return Err(error);
                    }
                };
            held = held.saturating_sub(bytes.len() as u64);
            if bytes.starts_with(b"MSCF") {
                let inflated = self.open_cab(&entry, &bytes, held.min(left), &mut notes);
                held = held.saturating_sub(inflated);
                left = left.saturating_sub(inflated);
            } else if is_zip {
                left = left.saturating_sub(self.open_zip(&entry, bytes, left, &mut notes));
            } else {
                notes.add(IssueKind::BadFormat, &entry, "it is no cabinet");
            }
            self.put_down();
        }
        self.issues.extend(notes.finish());
        self.context.inflatable = left.min(PREFETCH);
        Ok(())
    }

    /// Opens a cabinet that may inflate to `limit` bytes, and returns how many bytes it inflated
    /// to.
    fn open_cab(&mut self, entry: &Entry, bytes: &[u8], limit: u64, notes: &mut Notes) -> u64 {
        let budgets = self.context.budgets;
        let mut cabinet = match Cabinet::parse(bytes, self.room()) {
            Ok(cabinet) => cabinet,
            Err(fault) => {
                notes.add(IssueKind::DamagedMember, entry, fault);
                return 0;
            }
        };
        if cabinet.unlisted > 0 {
            let what = format!(
                "{} of its files are not listed: the budget of entries ran out",
                cabinet.unlisted
            );
            notes.add(IssueKind::OverBudget, entry, &what);
        }
        let origin = entry.origin.in_cab();
        let wanted = |name: &str| {
            let key = Key::of(name);
            ARTIFACTS.iter().any(|artifact| artifact.reads(&key, origin))
                || KEPT.iter().any(|end| key.has_extension(end))
        };
        // A block is at most 32 KiB and its header 8 bytes, which no honest cabinet comes near to.
        let most = cabinet.folders.iter().map(cab::Folder::most).sum::<u64>();
        let ratio = (bytes.len() as u64).saturating_mul(budgets.ratio);
        let limit = limit.min(ratio.max(budgets.ratio_from_bytes)).min(most);
        let Inflated { faults, over_budget, left } =
            cab::inflate(&mut cabinet, bytes, limit, wanted);
        for fault in faults {
            notes.add(IssueKind::DamagedMember, entry, fault);
        }
        if let Some(fault) = over_budget {
            notes.add(IssueKind::OverBudget, entry, fault);
        }
        let archive = self.inner.len();
        let entries = cabinet.files.iter().enumerate().map(|(index, file)| Entry {
            path: format!("{}!{}", entry.path, safe(&file.name, usize::from(budgets.name_bytes))),
            key: Key::of(&file.name),
            origin,
            depth: entry.depth + 1,
            size: file.size,
            sha256: file.sha256,
            verdict: file.verdict,
            place: Place::Inner(archive, index),
        });
        self.entries.extend(entries);
        self.inner.push(Inner::Cab(cabinet));
        limit - left
    }

    /// How many more members may be listed.
    fn room(&self) -> u32 {
        let listed = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.context.budgets.entries.saturating_sub(listed)
    }

    /// Opens a zip that may inflate to `limit` bytes, and returns how many bytes it inflated to.
    fn open_zip(&mut self, entry: &Entry, bytes: Vec<u8>, limit: u64, notes: &mut Notes) -> u64 {
        let Some(budgets) = self.context.budgets.inside() else { return 0 };
        let budgets = budgets.with_total_bytes(limit).with_entries(self.room());
        let password = self.inventory.password.as_ref();
        let mut verification =
            Verification::with_password(&bytes, budgets, Digests::Sha256, password);
        let ended = loop {
            match verification.step() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let inventory = verification.into_inventory();
        // Members that the password does not open are findings here: others beside them may be in the clear.
        let ended = ended.filter(|error| !matches!(error, Error::WrongPassword { .. }));
        if let Some(error) = &ended {
            notes.add(IssueKind::DamagedMember, entry, &error.to_string());
        }
        let Some(inventory) = inventory else { return 0 };
        for finding in inventory.damage() {
            notes.add(IssueKind::DamagedMember, entry, &finding.message);
        }
        for finding in inventory.unread() {
            let is_cut = finding.kind.is_of_budget();
            let kind = if is_cut { IssueKind::OverBudget } else { IssueKind::DamagedMember };
            notes.add(kind, entry, &finding.message);
        }
        if let Some(hazards) = hazards(&inventory) {
            notes.add(IssueKind::Hazard, entry, &hazards);
        }
        let inflated = inventory.members.iter().filter_map(|member| member.actual_size).sum();
        let archive = self.inner.len();
        let members =
            inventory.members.iter().enumerate().filter(|(_, member)| !member.is_directory());
        let entries: Vec<_> = members
            .map(|(index, member)| {
                let key = Key::of(&member.name);
                Entry {
                    path: format!("{}!{}", entry.path, member.name),
                    origin: entry.origin.in_zip(&key),
                    key,
                    depth: entry.depth + 1,
                    size: member.actual_size.unwrap_or(member.size),
                    sha256: member.sha256,
                    verdict: member.verdict,
                    place: Place::Inner(archive, index),
                }
            })
            .collect();
        self.entries.extend(entries);
        self.inner.push(Inner::Zip { bytes, inventory: Box::new(inventory) });
        inflated
    }
}

/// The limit for all inflated prefetch files, in bytes, whatever budget is left. Windows keeps
/// 1,024 of them with about 100 KiB each, and reading what a bomb inflates to takes longer than
/// inflating it.
const PREFETCH: u64 = 512 << 20;
/// Extensions of files kept from a cabinet besides those that tables are made from: archives, and
/// text to search.
const KEPT: &[&str] = &["bak", "cab", "csv", "html", "ini", "json", "log", "txt", "xml", "zip"];
