use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::json::{Json, Read, Wrong, deserialize, plain::text};

/// Whose fault an error was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// The service: it understood the request and refused it.
    Api,
    /// The caller: the request cannot be sent.
    Build,
    /// The evidence: the package, or the place where it is stored, is damaged or unusable.
    Package,
    /// The service: it broke its contract, and its reply cannot be used.
    Response,
    /// The network between here and the service.
    Transport,
    /// The collection: every call worked, but it ended badly.
    Workflow,
}

impl Fault {
    /// Every fault, in alphabetical order.
    pub const ALL: &'static [Self] =
        &[Self::Api, Self::Build, Self::Package, Self::Response, Self::Transport, Self::Workflow];

    /// The stable name: `api`, `build`, `package`, `response`, `transport` or `workflow`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Build => "build",
            Self::Package => "package",
            Self::Response => "response",
            Self::Transport => "transport",
            Self::Workflow => "workflow",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A code and its properties.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CodeInfo {
    /// The stable name.
    code: Code,
    /// Whose fault it was.
    fault: Fault,
    /// Whether the same step may succeed if repeated later unchanged.
    retryable: bool,
    /// What to do about it.
    hint: &'static str,
}

impl CodeInfo {
    /// Every code, in the order of [`Code::ALL`].
    #[must_use]
    pub fn all() -> Vec<Self> {
        let row = |code: &Code| Self {
            code: *code,
            fault: code.fault(),
            retryable: code.is_retryable(),
            hint: code.hint(),
        };
        Code::ALL.iter().map(row).collect()
    }
}

/// One row per code: variant, stable name, fault, whether repeating may help, what to do, what it
/// means.
macro_rules! codes {
    ($($variant:ident $name:literal $fault:ident $retryable:literal $hint:literal $doc:literal;)+) => {
        /// What went wrong, under a name that is the same in Rust, Python and JavaScript.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[non_exhaustive]
        pub enum Code {
            $(
                #[doc = $doc]
                #[cfg_attr(feature = "typescript", ts(rename = $name))]
                $variant,
            )+
        }

        impl Code {
            /// Every code. `tests/vectors/errors.json` has an example of each.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable `snake_case` name.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Whose fault it was.
            #[must_use]
            pub fn fault(self) -> Fault {
                match self {
                    $(Self::$variant => Fault::$fault,)+
                }
            }

            /// Whether the same step may succeed if repeated later unchanged.
            ///
            /// It does not say whether a repeat is safe: see
            /// [`Endpoint::REPEATABLE`](crate::endpoint::Endpoint::REPEATABLE).
            #[must_use]
            pub fn is_retryable(self) -> bool {
                match self {
                    $(Self::$variant => $retryable,)+
                }
            }

            /// What to do about it.
            #[must_use]
            pub fn hint(self) -> &'static str {
                match self {
                    $(Self::$variant => $hint,)+
                }
            }
        }
    };
}

codes! {
    InvalidComment "invalid_comment" Build false
        "say why in words; the service keeps the comment with the action"
        "The comment is empty or blank, or contains control characters.";
    InvalidDevice "invalid_device" Build false
        "name the device by its id (40 hex digits), its DNS name or its IP address; `id:`, `name:` and `ip:` in front say which"
        "The text is not a device: neither an id, nor a DNS name, nor an IP address.";
    InvalidUrl "invalid_url" Build false
        "give an absolute https URL without user name, query or fragment"
        "A URL cannot be used: it is not absolute, or has forbidden parts.";
    InsecureUrl "insecure_url" Build false
        "use https; plain http is allowed only on a loopback address"
        "A URL is plain http and does not lead to this machine.";
    InvalidOption "invalid_option" Build false
        "correct the option that the message names"
        "An option has an invalid value.";
    InvalidHandle "invalid_handle" Build false
        "give the handle exactly as it was returned; one of a newer version needs a newer mde-forensics"
        "A handle cannot be read, or was changed.";
    HandleMismatch "handle_mismatch" Build false
        "sign in to the same tenant and API host, spelled the same way (a domain and an id count as different)"
        "A handle belongs to another tenant or another API than the client.";
    InvalidCredential "invalid_credential" Build false
        "correct the credential that the message names: tenant, client id, secret, certificate or token file"
        "A credential cannot be used.";
    MissingPermission "missing_permission" Build false
        "grant the permission to the app registration (API `WindowsDefenderATP`), give admin consent, and get a new token"
        "The token lacks a permission that the work needs.";
    WrongAudience "wrong_audience" Build false
        "ask for the scope `https://api.securitycenter.microsoft.com/.default` (or the one of your cloud)"
        "The token is for another API.";
    CredentialFailed "credential_failed" Build false
        "see the message of the credential; the service was not asked"
        "The caller's own credential returned no token.";

    BadRequest "bad_request" Api false
        "the request was refused as it stands; the service's message says why"
        "The service refused the request with a 4xx that has no code of its own.";
    InvalidRequest "invalid_request" Api false
        "the service could not read the request; report it with the request id, since the request is built here"
        "The service rejected the body, a parameter or the query.";
    AlreadyRunning "already_running" Api false
        "a collection runs on the device already; adopt that one or wait for its end"
        "The device has an active request of this kind.";
    OsPlatformNotSupported "os_platform_not_supported" Api false
        "packages can be collected from Windows 10 1703 and later, Windows 11 and Windows Server; others where the service allows it"
        "The service does not support collection from this operating system.";
    ClientVersionNotSupported "client_version_not_supported" Api false
        "update Defender for Endpoint on the device; the service's message names the version that it needs"
        "The agent on the device is too old.";
    Unauthorized "unauthorized" Api false
        "get a new token; if it is refused too, check the tenant, the audience and the clock"
        "The token was refused (HTTP 401).";
    Forbidden "forbidden" Api false
        "grant the missing permission to the app, or the role and the device group to the user, and get a new token"
        "The token is valid but not allowed to do this (HTTP 403).";
    DisabledFeature "disabled_feature" Api false
        "the feature is off in the tenant or not in its licence; collecting packages needs Defender for Endpoint Plan 2"
        "The feature is disabled in the tenant.";
    DisallowedOperation "disallowed_operation" Api false
        "the device or the tenant forbids this; devices onboarded with restricted security operations may refuse collection"
        "The service does not allow the operation on this device.";
    NotFound "not_found" Api false
        "check the id, the tenant, and whether the device group is visible to this app or user"
        "The service does not know the object (HTTP 404).";
    Throttled "throttled" Api true
        "wait as long as `retry_after` says; other programs of this tenant and app use the same quota"
        "The quota is used up (HTTP 429).";
    ServiceError "service_error" Api true
        "try again later; a repeated failure needs Microsoft support, with the request id"
        "The service failed (HTTP 5xx).";
    TokenRefused "token_refused" Api false
        "check tenant, client id and secret or certificate; the AADSTS number in the message says what Entra found"
        "The login service returned no token.";
    AuthorizationPending "authorization_pending" Api true
        "open the page, enter the code and sign in; ask again after the interval"
        "Nobody has entered the device code yet.";
    AuthorizationDeclined "authorization_declined" Api false
        "the sign-in was refused by the person at the other screen; start again if that was a mistake"
        "The person refused the sign-in.";
    DeviceCodeExpired "device_code_expired" Api false
        "start the sign-in again and enter the new code within its time, usually 15 minutes"
        "The device code was not used in time.";

    InvalidJson "invalid_json" Response false
        "the answer is not JSON or was cut off; if a proxy stands between, look there first"
        "A body that should be JSON is not.";
    InvalidShape "invalid_shape" Response false
        "the service answered in a form that this version does not know; report it with the path that the message names"
        "The JSON is valid, but a field is missing or has the wrong type.";
    WrongContentType "wrong_content_type" Response false
        "a proxy, a sign-in page or a wrong API URL answered in place of the service"
        "The reply's content type is not JSON.";
    UnexpectedStatus "unexpected_status" Response false
        "the service answered with a status that the call does not have; check the API URL"
        "A success status that the call does not define.";
    UnexpectedRedirect "unexpected_redirect" Response false
        "redirects are never followed with a token; check the API URL and the proxy"
        "The service redirected a call (HTTP 3xx).";
    TooLarge "too_large" Response false
        "the answer is larger than it can honestly be; ask for smaller pages"
        "The body is larger than the limit.";
    ForeignLink "foreign_link" Response false
        "the service named a link that does not belong to it; nothing was sent there"
        "A link leads to a forbidden place.";
    InvalidEncoding "invalid_encoding" Response false
        "the body does not decode with the content encoding that it claims; look at the proxy first"
        "The body does not match the content encoding in its header.";
    WrongAction "wrong_action" Response false
        "the service answered with another action than the one asked for; nothing was done with it"
        "An action of another type, of another device, or with another id.";

    ConnectFailed "connect_failed" Transport true
        "check the network, the name resolution, the proxy and the firewall; the request did not leave"
        "No connection could be made.";
    TlsFailed "tls_failed" Transport false
        "if a TLS-inspecting proxy stands between, give its CA certificate; check the clock"
        "The TLS handshake failed, or the certificate is not trusted.";
    TimedOut "timed_out" Transport true
        "the network or the service is slow; the request may have arrived all the same"
        "There was no reply in time.";
    ConnectionLost "connection_lost" Transport true
        "the connection broke; the request may have arrived all the same"
        "The connection ended before the reply did.";

    DeviceNotFound "device_not_found" Workflow false
        "check the spelling, the tenant and the device groups of this app or user; try the device id of the portal"
        "No device has that id, name or address.";
    DeviceAmbiguous "device_ambiguous" Workflow false
        "choose one of the candidates by its id, or let `pick` be `newest` for the one seen last"
        "Several devices have that name or address.";
    CollectionFailed "collection_failed" Workflow false
        "look at the action in the portal; low battery, a metered connection or a very large event log are common causes"
        "The service reports that the collection failed.";
    CollectionTimedOut "collection_timed_out" Workflow false
        "the device did not answer in the service's time; see that it is on and connected, then collect again"
        "The service gave up on the collection.";
    CollectionCancelled "collection_cancelled" Workflow false
        "somebody cancelled the collection; the action names who and why"
        "The collection was cancelled at the service.";
    CollectionUncertain "collection_uncertain" Workflow false
        "look in the portal whether the action exists before collecting again; it was not repeated so as not to run twice"
        "It is unknown whether the service accepted the collection.";
    DeadlineReached "deadline_reached" Workflow false
        "resume with the handle, to wait on with a longer timeout; what the service has accepted goes on there"
        "The time limit was reached.";
    Stopped "stopped" Workflow false
        "resume with the handle; what the service has accepted goes on there"
        "The work was stopped locally.";
    NotOurs "not_ours" Workflow false
        "the action was started by somebody else; insist explicitly if it is to be touched"
        "The action was not started by us.";
    LedgerFailed "ledger_failed" Workflow false
        "the records could not be kept, so nothing was sent; check the folder, the disk and its rights"
        "The ledger could not be written or read.";

    LinkDead "link_dead" Package true
        "package links live about a minute; going on asks for a new one"
        "The package link is dead.";
    NotAPackage "not_a_package" Package false
        "what the link gave is no zip archive; look at the start of the file"
        "The download is not a package.";
    SizeMismatch "size_mismatch" Package true
        "the download was cut off or has grown; fetch it again"
        "The download's size differs from the announced one.";
    PackageChanged "package_changed" Package true
        "the bytes changed between two links; fetch it from the start"
        "The package at the service is not the one that the download began with.";
    PackageDamaged "package_damaged" Package false
        "the archive's structure or a checksum is wrong; it is kept for inspection, fetch it again or collect again"
        "The archive is damaged.";
    ManifestMismatch "manifest_mismatch" Package false
        "the file is not the one that its manifest describes; treat it as altered"
        "Package and manifest disagree.";
    ManifestMissing "manifest_missing" Package false
        "nothing is known of the package without it: look where it was collected to, or collect again"
        "There is no manifest beside the package.";
    FileExists "file_exists" Package false
        "another file has the name; nothing is overwritten, so choose another folder or move it"
        "Another file of that name already exists.";
    OutputFailed "output_failed" Package false
        "check the folder, its rights and the free space; what was received so far is kept"
        "The output could not be written.";

    Internal "internal" Workflow false
        "this is a bug in mde-forensics; please report it with the message"
        "An internal invariant was broken.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = Error;

    /// Parses a stable name. Fails with [`Code::InvalidOption`] for anything else.
    fn from_str(name: &str) -> Result<Self, Error> {
        Self::of(name).ok_or_else(|| {
            Error::new(Self::InvalidOption, format!("there is no error code `{name}`"))
        })
    }
}

impl Code {
    fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Read for Code {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        let name = text(json)?;
        Self::of(&name).ok_or_else(|| Wrong::unknown(&name))
    }
}

deserialize!(Code);
