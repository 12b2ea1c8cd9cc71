//! From the terminal status to the verified package.

use std::time::Duration;

use super::{Collection, Stage};
use crate::endpoint::PackageUri;
use crate::engine::calls::{Failure, Reply};
use crate::engine::{
    Adoption, Command, Context, Custody, EventKind, Fact, Fetched, Held, Outcome, Partial, Sealed,
    Stored, Verdict, package_file_name,
};
use crate::{Code, Error, Fault, PackageLink};

/// A package being downloaded.
#[derive(Debug)]
pub(super) struct Download {
    name: String,
    partial: Option<Partial>,
    link: Option<(PackageLink, Duration)>,
    links: u32,
    /// Consecutive failures with little or no progress.
    strikes: u32,
    /// Whether the previous download failed its check.
    was_damaged: bool,
    whole: Option<(u64, String)>,
    /// Whether another run has the file.
    pub(super) waits_for_others: bool,
}

impl Collection {
    pub(super) fn inspect(&mut self, cx: &mut Context) {
        let Some(name) = package_file_name(&self.handle) else { return };
        // A pending poll must not start a second download.
        self.timer = None;
        // Nor may the reply to a poll in flight be taken for a link's.
        if let Some(call) = self.call.take() {
            cx.drop_call(call);
        }
        self.ticket = Some(
            cx.ask_device(self.index, |ticket| Command::Inspect { ticket, name: name.clone() }),
        );
        self.stage = Stage::Downloading(Download {
            name,
            partial: None,
            link: None,
            links: 0,
            strikes: self.handle.strikes(),
            was_damaged: false,
            whole: None,
            waits_for_others: false,
        });
    }

    pub(super) fn held(&mut self, held: Held, cx: &mut Context) {
        self.ticket = None;
        let Stage::Downloading(download) = &mut self.stage else { return };
        match held {
            Held::Sealed { size, sha256, verdict } => {
                let stored = Stored { name: download.name.clone(), size, sha256, verdict };
                return self.store(stored, cx);
            }
            Held::Conflict(error) => return self.end(Outcome::Failed(error), cx),
            Held::Partial(partial) => download.partial = Some(partial),
            Held::Nothing => {}
        }
        cx.want_slot(self.index);
    }

    pub(super) fn slot_free(&mut self, cx: &mut Context) {
        self.has_slot = true;
        self.ask_for_link(cx);
    }

    pub(super) fn linked(
        &mut self,
        mut download: Download,
        result: Result<Reply, Failure>,
        cx: &mut Context,
    ) {
        match result {
            Ok(Reply::Link(link)) => {
                download.links += 1;
                download.link = Some((link, cx.now.monotonic));
                cx.event(Some(self.index), EventKind::LinkIssued { count: download.links });
                self.stage = Stage::Downloading(download);
                self.fetch(cx);
            }
            Ok(_) => self.stage = Stage::Downloading(download),
            // Before the end a 404 means "not yet"; right after it, the service may still be
            // inconsistent.
            Err(failure)
                if failure.error.code() == Code::NotFound || failure.error.is_retryable() =>
            {
                self.stage = Stage::Downloading(download);
                self.strike(failure.error, cx);
            }
            Err(failure) => self.fail(failure.error, cx),
        }
    }

    pub(super) fn fetched(&mut self, fetched: Fetched, cx: &mut Context) {
        self.ticket = None;
        let Stage::Downloading(download) = &mut self.stage else { return };
        match fetched {
            Fetched::Complete { size, sha256 } => {
                download.whole = Some((size, sha256));
                cx.has_no_trouble(Some(self.index));
                self.seal(cx);
            }
            // A caller's own HTTP that is broken does not mend itself.
            Fetched::Interrupted { error, .. } if error.code().fault() == Fault::Build => {
                self.end(Outcome::Failed(error), cx);
            }
            Fetched::Interrupted { partial, error } => {
                let before = download.partial.as_ref().map_or(0, |before| before.received);
                if partial.received.saturating_sub(before) >= worthwhile(partial.total) {
                    download.strikes = 0;
                }
                download.partial = Some(partial);
                self.strike(error, cx);
            }
            Fetched::InPlace => {
                self.give_slot_back(cx);
                self.inspect(cx);
            }
            Fetched::Dead(error) => {
                download.link = None;
                self.strike(error, cx);
            }
            // A second try would end the same way.
            Fetched::Refused(error) if error.code() == Code::TooLarge => {
                self.end(Outcome::Failed(error), cx);
            }
            Fetched::Refused(error) => {
                download.link = None;
                download.partial = None;
                download.strikes = download.strikes.saturating_add(REFUSAL_WEIGHT);
                self.strike(error, cx);
            }
            Fetched::Output(error) => self.end(Outcome::Failed(error), cx),
        }
    }

    pub(super) fn fetch_again(&mut self, cx: &mut Context) {
        let Stage::Downloading(download) = &mut self.stage else { return };
        let is_fresh = |at: Duration| cx.now.monotonic.saturating_sub(at) < LINK_LIVES;
        if download.strikes < 2 && download.link.as_ref().is_some_and(|(_, at)| is_fresh(*at)) {
            self.fetch(cx);
        } else {
            self.ask_for_link(cx);
        }
    }

    pub(super) fn sealed(&mut self, sealed: Sealed, cx: &mut Context) {
        self.ticket = None;
        let Stage::Downloading(download) = &mut self.stage else { return };
        match sealed {
            Sealed::Unverified { members, findings, why } => {
                self.in_place(Verdict::Unverified, cx, |Stored { name, size, sha256, .. }| {
                    EventKind::Unverified { name, size, sha256, members, findings, why }
                });
            }
            Sealed::Whole { members, findings } => {
                self.in_place(Verdict::Whole, cx, |Stored { name, size, sha256, .. }| {
                    EventKind::Verified { name, size, sha256, members, findings }
                });
            }
            // A bad connection can damage a package; a second download shows whether it did.
            Sealed::Damaged(error) if !download.was_damaged => {
                download.was_damaged = true;
                download.partial = None;
                download.link = None;
                self.strike(error, cx);
            }
            Sealed::Damaged(error) | Sealed::Failed(error) => self.end(Outcome::Failed(error), cx),
        }
    }

    pub(super) fn give_slot_back(&mut self, cx: &mut Context) {
        if std::mem::take(&mut self.has_slot) {
            cx.free_slot();
        }
    }

    fn in_place(
        &mut self,
        verdict: Verdict,
        cx: &mut Context,
        event: impl FnOnce(Stored) -> EventKind,
    ) {
        let Stage::Downloading(download) = &mut self.stage else { return };
        let Some((size, sha256)) = download.whole.take() else { return };
        let stored = Stored { name: download.name.clone(), size, sha256, verdict };
        cx.event(Some(self.index), event(stored.clone()));
        self.store(stored, cx);
    }

    fn ask_for_link(&mut self, cx: &mut Context) {
        if let (Stage::Downloading(_), Some(action)) = (&self.stage, self.handle.action()) {
            let action = action.id.clone();
            self.call(PackageUri { action }, cx);
        }
    }

    fn fetch(&mut self, cx: &mut Context) {
        let Stage::Downloading(download) = &self.stage else { return };
        let Some((link, _)) = &download.link else { return };
        let (link, name, resume) = (link.clone(), download.name.clone(), download.partial.clone());
        self.ticket =
            Some(cx.ask_device(self.index, |ticket| Command::Fetch { ticket, link, name, resume }));
    }

    fn seal(&mut self, cx: &mut Context) {
        let custody = Box::new(self.custody(cx));
        let Stage::Downloading(download) = &self.stage else { return };
        let Some((size, sha256)) = download.whole.clone() else { return };
        let (name, keep_damaged) = (download.name.clone(), download.was_damaged);
        self.ticket = Some(cx.ask_device(self.index, |ticket| Command::Seal {
            ticket,
            name,
            custody,
            size,
            sha256,
            keep_damaged,
        }));
    }

    /// Tries again after a wait, unless there were too many failures.
    fn strike(&mut self, error: Error, cx: &mut Context) {
        let Stage::Downloading(download) = &mut self.stage else { return };
        download.strikes = download.strikes.saturating_add(1).min(MAX_STRUCK);
        let strikes = download.strikes;
        self.fact(Fact::Struck { strikes }, cx);
        if strikes == MAX_STRUCK {
            return self.end(Outcome::Failed(error), cx);
        }
        let wait = cx.wait_after(strikes, &error);
        cx.retrying(Some(self.index), &error, wait);
        self.set_timer(cx.after(wait), cx);
    }

    fn custody(&self, cx: &Context) -> Custody {
        let (machine, action) = (self.handle.machine(), self.handle.action());
        let is_ours = action.is_some_and(|action| action.adoption != Adoption::Foreign);
        let asked_by =
            self.handle.intent().filter(|_| is_ours).map(|intent| intent.asked_by.clone());
        Custody {
            tenant: self.handle.tenant().to_owned(),
            api: cx.options.base.as_str().to_owned(),
            asked_for: self.handle.device().to_owned(),
            comment: self.handle.comment().to_owned(),
            key: self.handle.key().map(str::to_owned),
            begun: Some(self.handle.begun()),
            asked_by: asked_by.unwrap_or_default(),
            downloaded_by: cx.token.owner(),
            machine: machine.map(|machine| machine.id.clone()),
            machine_name: machine.and_then(|machine| machine.name.clone()),
            action: action.map(|action| action.id.clone()),
            adoption: action.map(|action| action.adoption),
            requestor: action.and_then(|action| action.requestor.clone()),
            requestor_comment: action.and_then(|action| action.requestor_comment.clone()),
            created: action.and_then(|action| action.created),
            marker: self.handle.intent().map(|intent| intent.marker.clone()),
            downloaded: cx.now.wall,
        }
    }
}

/// The bytes that must have arrived before a break for the next try to count as the first.
/// Otherwise tries that bring less and less would go on for ever.
fn worthwhile(total: Option<u64>) -> u64 {
    total.map_or(WORTHWHILE, |total| (total / 64).clamp(1, WORTHWHILE))
}

/// A link is valid for about a minute; a request for the rest must not come too late.
const LINK_LIVES: Duration = Duration::from_secs(40);
/// The number of consecutive failures that ends the download, and the highest count.
pub(in crate::engine) const MAX_STRUCK: u32 = 9;
/// A link that yields no package is tried once more, not eight times.
const REFUSAL_WEIGHT: u32 = 4;
const WORTHWHILE: u64 = 64 << 10;
