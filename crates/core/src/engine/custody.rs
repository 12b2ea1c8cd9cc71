//! The origin of a package, for its manifest.

use serde::Serialize;
use time::OffsetDateTime;

use super::{Adoption, Marker};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::{ActionId, Claims, MachineId};

/// The engine's part of the custody record: what was requested from which device, when, and by
/// whom.
///
/// The driver adds sizes, hashes, members and the tool's version.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Custody {
    /// The tenant.
    pub tenant: String,
    /// The API host.
    pub api: String,
    /// The device as the caller named it.
    pub asked_for: String,
    /// The comment, without a marker.
    pub comment: String,
    /// The caller's key.
    pub key: Option<String>,
    /// When the collection began, by the caller's clock.
    #[serde(with = "time::serde::rfc3339::option")]
    pub begun: Option<OffsetDateTime>,
    /// The identity whose token sent our request: application, user and tenant, as the token says
    /// (not verified here). Empty if the action is certainly someone else's; `adoption` says
    /// whether our request started it.
    pub asked_by: AskedBy,
    /// The identity whose token downloaded the package.
    pub downloaded_by: AskedBy,
    /// The device's id.
    pub machine: Option<MachineId>,
    /// The device's fully qualified name.
    pub machine_name: Option<String>,
    /// The action.
    pub action: Option<ActionId>,
    /// Whether the action is our own or was adopted.
    pub adoption: Option<Adoption>,
    /// The action's requestor, according to the service.
    pub requestor: Option<String>,
    /// The action's comment, according to the service.
    pub requestor_comment: Option<String>,
    /// When the service created the action.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created: Option<OffsetDateTime>,
    /// The marker that our request carried, if we sent one.
    pub marker: Option<Marker>,
    /// When the download was complete, by the caller's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub downloaded: OffsetDateTime,
}

/// The owner of a token, according to its claims.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AskedBy {
    /// The application's id.
    pub application: Option<String>,
    /// The user's principal name.
    pub user: Option<String>,
    /// The tenant that issued the token.
    pub tenant: Option<String>,
}

impl From<&Claims> for AskedBy {
    fn from(claims: &Claims) -> Self {
        Self {
            application: claims.app_id.clone(),
            user: claims.user.clone(),
            tenant: claims.tenant.clone(),
        }
    }
}

impl Read for Custody {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                tenant: fields.take("tenant")?,
                api: fields.take("api")?,
                asked_for: fields.take("asked_for")?,
                comment: fields.take("comment")?,
                key: fields.optional("key"),
                begun: fields.optional("begun"),
                asked_by: fields.take("asked_by")?,
                downloaded_by: fields.take("downloaded_by")?,
                machine: fields.optional("machine"),
                machine_name: fields.optional("machine_name"),
                action: fields.optional("action"),
                adoption: fields.optional("adoption"),
                requestor: fields.optional("requestor"),
                requestor_comment: fields.optional("requestor_comment"),
                created: fields.optional("created"),
                marker: fields.optional("marker"),
                downloaded: fields.take("downloaded")?,
            })
        })
    }
}

impl Read for AskedBy {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                application: fields.optional("application"),
                user: fields.optional("user"),
                tenant: fields.optional("tenant"),
            })
        })
    }
}

deserialize!(Custody, AskedBy);
