//! One type per operation of the service: its request, and how its reply is read.

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

/// The largest plausible reply about a single object, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// The largest plausible reply with a list, in bytes.
pub const LIST_BODY_LIMIT: usize = 64 * 1024 * 1024;

/// An operation of the service: turns data into an HTTP request, and an HTTP response into data.
///
/// Base URL and token are arguments, never state. No value from a caller can change the structure
/// of the URL or of a filter.
pub trait Endpoint {
    /// The HTTP method.
    const METHOD: Method;
    /// The statuses that mean success; any other is an error.
    const SUCCESS: &'static [u16];
    /// The quota that a call uses.
    const QUOTA: QuotaClass;
    /// Whether the call can safely be repeated if the result of the first attempt is unknown.
    const REPEATABLE: bool;
    /// The permission that the call needs.
    const NEED: Need;
    /// The largest body to read, in bytes.
    const BODY_LIMIT: usize;
    /// The result.
    type Output;

    /// Builds the request, with `Authorization` (marked sensitive), `Accept`, and with a body also
    /// `Content-Type`.
    ///
    /// Fails with a code of [`Fault::Build`](crate::Fault::Build) if a value cannot be sent.
    fn request(&self, base: &BaseUrl, token: &AccessToken)
    -> Result<http::Request<Vec<u8>>, Error>;

    /// Reads the reply. The body's content encoding must already be decoded.
    ///
    /// Fails, in this order: with a code of [`Fault::Api`](crate::Fault::Api) for a status from 400
    /// on, with `UnexpectedRedirect` for 3xx, with `UnexpectedStatus` for any other status that is
    /// not in [`SUCCESS`](Self::SUCCESS); with `WrongContentType`, `TooLarge`, `InvalidJson`; with
    /// `InvalidShape` and the path of the field; and then with errors of the content, such as
    /// `WrongAction` or `ForeignLink`.
    fn response(
        &self,
        base: &BaseUrl,
        response: &http::Response<Vec<u8>>,
    ) -> Result<Self::Output, Error>;
}
