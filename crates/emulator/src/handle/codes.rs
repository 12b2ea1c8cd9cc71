//! Control of device codes: what the user does in the browser.

use serde::Serialize;

use super::Handle;
use crate::Error;
use crate::world::{Code, CodeState};

/// The state of a device code.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeviceCodeState {
    /// The code that the user types.
    pub user_code: String,
    /// The client id of the app.
    pub client_id: String,
    /// `pending`, `approved`, `declined`, `expired` or `spent`.
    pub state: &'static str,
}

impl Handle {
    /// The device codes that were issued, oldest first.
    #[must_use]
    pub fn device_codes(&self) -> Vec<DeviceCodeState> {
        self.shared.world().codes.iter().map(DeviceCodeState::of).collect()
    }

    /// Approves a device code as the user with this principal name. Fails with [`Error::Missing`]
    /// for an unknown code or user.
    pub fn approve_device_code(&self, user_code: &str, upn: &str) -> Result<(), Error> {
        if !self.shared.world().tenant.users.iter().any(|user| user.upn == upn) {
            return Err(Error::Missing(format!("there is no user `{upn}`")));
        }
        self.change_code(user_code, CodeState::Approved(upn.to_owned()))
    }

    /// Declines a device code. Fails with [`Error::Missing`] for an unknown code.
    pub fn decline_device_code(&self, user_code: &str) -> Result<(), Error> {
        self.change_code(user_code, CodeState::Declined)
    }

    /// Expires a device code. Fails with [`Error::Missing`] for an unknown code.
    pub fn expire_device_code(&self, user_code: &str) -> Result<(), Error> {
        self.change_code(user_code, CodeState::Expired)
    }

    fn change_code(&self, user_code: &str, state: CodeState) -> Result<(), Error> {
        let mut world = self.shared.world();
        let code = world.codes.by_user_code(user_code);
        let missing = || Error::Missing(format!("there is no device code `{user_code}`"));
        code.ok_or_else(missing)?.state = state;
        Ok(())
    }
}

impl DeviceCodeState {
    fn of(code: &Code) -> Self {
        let state = match code.state {
            CodeState::Approved(_) => "approved",
            CodeState::Declined => "declined",
            CodeState::Expired => "expired",
            CodeState::Pending => "pending",
            CodeState::Spent => "spent",
        };
        Self { user_code: code.typed.clone(), client_id: code.client_id.clone(), state }
    }
}
