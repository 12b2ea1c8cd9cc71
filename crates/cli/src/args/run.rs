//! How a collection goes about it.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Args, ValueEnum};
use mde_forensics::Run;

use super::duration;
use crate::core::engine::{self, Until};

/// How a collection goes about it; the same for `collect` and `resume`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct RunArguments {
    /// Give a collection up that has not ended so long after the service accepted it.
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration::parse)]
    timeout: Duration,
    /// Stop the whole run after so long; what is under way goes on at the service and can be resumed.
    #[arg(long, value_name = "TIME", default_value = "12h", value_parser = duration::parse)]
    deadline: Duration,
    /// Ask for the collections and do not wait for them; `resume` goes on with them.
    #[arg(long)]
    no_wait: bool,
    /// Wait for the packages and do not download them; `resume` goes on with them.
    #[arg(long)]
    no_download: bool,
    /// Do not look at the token's permissions and the device's available actions first.
    #[arg(long)]
    no_preflight: bool,
    /// Leave the marker out of the comment; whether a lost request was done is then told by its `ExternalId` alone.
    #[arg(long)]
    no_mark_comment: bool,
    /// Do not send the marker as `ExternalId`.
    #[arg(long)]
    no_external_id: bool,
    /// So many devices at one time between the search for them and the service's acceptance.
    #[arg(long, value_name = "N", default_value = "16", value_parser = count())]
    concurrency: usize,
    /// So many downloads at one time.
    #[arg(long, value_name = "N", default_value = "4", value_parser = count())]
    downloads: usize,
    /// Look after what runs once in so long [default: every 10 s at first, every 30 s later].
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    poll_every: Option<Duration>,
    /// What to do when several devices answer to one name [default: name them and choose none].
    #[arg(long, value_name = "WHICH")]
    pick: Option<Pick>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pick {
    /// Take the one that reported last.
    Newest,
}

/// So many of something; in JavaScript it is no more either.
fn count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=1_000_000)
}

impl RunArguments {
    /// The run, shaped so and writing into `folder`.
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
