//! Outputs as JSON, secrets included: who asked for them needs them.

use serde::Serialize;
use serde_json::{Value, json};

use crate::endpoint::token::{DeviceCodePrompt, Token};
use crate::json;
use crate::wire::{ActionAvailability, Machine, MachineAction};
use crate::{NextPage, PackageLink, Page, RefreshToken};

/// What an operation answers.
pub(super) trait Output {
    fn to_json(&self) -> Value;
}

impl Output for Machine {
    fn to_json(&self) -> Value {
        plain(self)
    }
}

impl Output for MachineAction {
    fn to_json(&self) -> Value {
        plain(self)
    }
}

impl Output for Vec<ActionAvailability> {
    fn to_json(&self) -> Value {
        plain(self)
    }
}

impl<T: Output> Output for Page<T> {
    fn to_json(&self) -> Value {
        let items: Vec<_> = self.items.iter().map(Output::to_json).collect();
        json!({"items": items, "next": self.next.as_ref().map(NextPage::as_str)})
    }
}

impl Output for PackageLink {
    fn to_json(&self) -> Value {
        Value::from(self.expose())
    }
}

impl Output for Token {
    fn to_json(&self) -> Value {
        json!({
            "access_token": self.access_token.expose(),
            "expires_in": self.expires_in.as_secs(),
            "refresh_token": self.refresh_token.as_ref().map(RefreshToken::expose),
            "scope": self.scope,
        })
    }
}

impl Output for DeviceCodePrompt {
    fn to_json(&self) -> Value {
        json!({
            "device_code": self.device_code.expose(),
            "user_code": self.user_code,
            "verification_uri": self.verification_uri,
            "expires_in": self.expires_in.as_secs(),
            "interval": self.interval.as_secs(),
            "message": self.message,
        })
    }
}

fn plain(value: &impl Serialize) -> Value {
    json::value(value)
}
