//! One type for each operation of the service: what it sends, and how its answer is read.

use http::Method;

use crate::base_url::BaseUrl;
use crate::claims::Need;
use crate::error::Error;
use crate::quota::QuotaClass;
use crate::secret::AccessToken;

pub use self::available_actions::AvailableActions;
pub use self::cancel_machine_action::CancelMachineAction;
pub use self::collect_investigation_package::CollectInvestigationPackage;
pub use self::find_machines::{FindMachinesByIp, FindMachinesByTag};
pub use self::machine_actions::{ActionFilter, GetMachineAction, ListMachineActions};
pub use self::machines::{GetMachine, ListMachines, MachineFilter};
pub use self::package_uri::PackageUri;

pub mod token;

mod available_actions;
mod cancel_machine_action;
mod collect_investigation_package;
mod find_machines;
mod list;
mod machine_actions;
mod machines;
mod package_uri;
mod refusal;
mod reply;
mod request;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

/// The largest answer that a call about one thing can honestly have, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// The largest answer that a list can honestly have, in bytes.
pub const LIST_BODY_LIMIT: usize = 64 * 1024 * 1024;

/// An operation of the service: data in, an HTTP request out; an HTTP response in, data out.
///
/// Base URL and token are arguments, never state. Nothing that a caller puts into an endpoint can change the shape
/// of the URL or of a filter.
pub trait Endpoint {
    /// The method.
    const METHOD: Method;
    /// The statuses that mean success; any other is an error.
    const SUCCESS: &'static [u16];
    /// Which quota a call uses up.
    const QUOTA: QuotaClass;
    /// Whether a repeat is harmless when it is not known what became of the first call.
    const REPEATABLE: bool;
    /// The permission that it needs.
    const NEED: Need;
    /// The largest body that is read, in bytes.
    const BODY_LIMIT: usize;
    /// What it answers.
    type Output;

    /// The request, with `Authorization` (marked sensitive), `Accept`, and `Content-Type` where there is a body.
    ///
    /// Fails with a code of [`Fault::Build`](crate::Fault::Build) if a value cannot be sent.
    fn request(&self, base: &BaseUrl, token: &AccessToken)
    -> Result<http::Request<Vec<u8>>, Error>;

    /// Reads the answer. The body must be decoded from its content encoding.
    ///
    /// It fails, in this order: with a code of [`Fault::Api`](crate::Fault::Api) for a status from 400 on,
    /// `UnexpectedRedirect` for 3xx, `UnexpectedStatus` for any other that is not [`SUCCESS`](Self::SUCCESS);
    /// `WrongContentType`, `TooLarge`, `InvalidJson`; `InvalidShape` with the path of the field; and then with what
    /// the content itself breaks, such as `WrongAction` or `ForeignLink`.
    fn response(
        &self,
        base: &BaseUrl,
        response: &http::Response<Vec<u8>>,
    ) -> Result<Self::Output, Error>;
}
