//! A flow as it stands in `tests/vectors/flows`.

use mde_forensics_emulator::config::{Device, Life, Options, Rule};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::expect::{Ending, Whole};
use crate::intervention::Intervention;
use crate::text::Text;

/// One file: flows that belong together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Family {
    #[serde(rename = "$schema")]
    pub(crate) schema: String,
    pub(crate) about: String,
    pub(crate) flows: Vec<Flow>,
}

/// One scenario from beginning to end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flow {
    pub(crate) id: String,
    pub(crate) comment: String,
    #[serde(default)]
    pub(crate) service: Service,
    /// What every run of the flow is set to; a step may say otherwise.
    #[serde(default)]
    pub(crate) client: Map<String, Value>,
    pub(crate) steps: Vec<Step>,
    #[serde(default)]
    pub(crate) expect: Whole,
}

/// What the emulator is like at the start.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) seed: u64,
    pub(crate) options: Options,
    pub(crate) devices: Vec<Device>,
    pub(crate) fleet: Option<Fleet>,
    pub(crate) faults: Vec<Rule>,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            seed: 7,
            options: Options::default(),
            devices: Vec::new(),
            fleet: None,
            faults: Vec::new(),
        }
    }
}

impl Service {
    /// The listed devices and those of the fleet; without either the one that most flows are about.
    pub(crate) fn all_devices(&self) -> Vec<Device> {
        let mut devices = self.devices.clone();
        if let Some(fleet) = &self.fleet {
            devices.extend(fleet.names().map(|name| {
                let mut device = Device::new(name);
                device.life = fleet.life.clone();
                device
            }));
        }
        if devices.is_empty() {
            devices.push(Device::new("ws-042.contoso.com"));
        }
        devices
    }
}

/// `count` devices that differ in their names alone: `ws-001.contoso.com` and so on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fleet {
    pub(crate) count: usize,
    #[serde(default)]
    pub(crate) life: Life,
}

impl Fleet {
    pub(crate) fn names(&self) -> impl Iterator<Item = String> + use<> {
        (1..=self.count).map(|number| format!("ws-{number:03}.contoso.com"))
    }
}

/// One thing after the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Step {
    Run(Box<Run>),
    Intervention(Intervention),
}

/// One run of the client, as one process would make it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    #[serde(rename = "do")]
    pub(crate) kind: Kind,
    /// Whom to collect from, or the whole fleet.
    #[serde(default)]
    pub(crate) devices: Devices,
    /// What a resumed run goes on from.
    #[serde(default)]
    pub(crate) from: From,
    /// Changes to the handles before they are read.
    #[serde(default)]
    pub(crate) edit: Map<String, Value>,
    /// Over the flow's own.
    #[serde(default)]
    pub(crate) client: Map<String, Value>,
    /// What happens meanwhile.
    #[serde(default)]
    pub(crate) during: Vec<During>,
    pub(crate) expect: Ending,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Collect,
    Resume,
    /// Piece by piece, each from the handle that the one before gave.
    Step,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Devices {
    Named(Vec<Text>),
    All(All),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum All {
    Fleet,
}

impl Default for Devices {
    fn default() -> Self {
        Self::Named(Vec::new())
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum From {
    Folder,
    #[default]
    Handles,
}

/// Something that happens while a run goes on.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct During {
    pub(crate) when: When,
    #[serde(flatten)]
    pub(crate) intervention: Intervention,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum When {
    /// So many seconds after the step began.
    Seconds(f64),
    /// At the first event that has these fields.
    Event(Map<String, Value>),
}
