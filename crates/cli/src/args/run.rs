//! Options of a run.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use mde_forensics::Run;

use super::duration;
use crate::core::engine::{self, Until};

/// Options of a run, shared by `collect` and `resume`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a command line switch")]
pub(crate) struct RunArguments {
    /// Give up on an action that has not ended this long after the service accepted it.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration::parse)]
    timeout: Duration,
    /// Stop the whole run after this time; actions continue at the service and can be resumed.
    #[arg(long, value_name = "TIME", default_value = "12h", value_parser = duration::parse)]
    deadline: Duration,
    /// Exit once the service has accepted the actions; `resume` continues with them.
    #[arg(long)]
    no_wait: bool,
    /// Exit once the packages are ready, without downloading them; `resume` continues with them.
    #[arg(long)]
    no_download: bool,
    /// Skip checking the token's permissions and the device's available actions first.
    #[arg(long)]
    no_preflight: bool,
    /// Do not append the marker to the comment.
    ///
    /// The marker (`mdef-` and 20 hex digits) identifies an action as our own if the answer to the request is lost. It
    /// is sent in the comment and as `ExternalId`; without it, an action can only be found as possibly our own.
    #[arg(long)]
    no_mark_comment: bool,
    /// Do not send the marker as `ExternalId` (see `--no-mark-comment`).
    #[arg(long)]
    no_external_id: bool,
    /// Maximum number of devices to look up and request at the same time.
    #[arg(long, value_name = "N", default_value = "16", value_parser = count())]
    concurrency: usize,
    /// Maximum number of simultaneous downloads.
    #[arg(long, value_name = "N", default_value = "4", value_parser = count())]
    downloads: usize,
    /// Interval between status polls [default: 10s, growing to 30s].
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    poll_every: Option<Duration>,
    /// Which device to choose if several match a name; the report names the others [default: none; list them].
    #[arg(long, value_name = "WHICH")]
    pick: Option<Pick>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pick {
    /// The device that reported last.
    Newest,
}

/// A count, with the same upper bound as in the JavaScript API.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000_000)
}

impl RunArguments {
    /// Applies these options to the run, which writes into `folder`.
    pub(crate) fn shape(&self, mut run: Run, folder: PathBuf) -> Run {
        let options = &mut run.options;
        options.timeout = self.timeout;
        options.deadline = Some(self.deadline);
        options.preflight = !self.no_preflight;
        options.mark_comment = !self.no_mark_comment;
        options.send_external_id = !self.no_external_id;
        options.concurrency = self.concurrency;
        options.downloads = self.downloads;
        options.poll_every = self.poll_every;
        options.until = if self.no_wait {
            Until::Requested
        } else if self.no_download {
            Until::Ready
        } else {
            Until::Collected
        };
        if let Some(Pick::Newest) = self.pick {
            options.pick = engine::Pick::Newest;
        }
        run.into_folder(folder)
    }
}
