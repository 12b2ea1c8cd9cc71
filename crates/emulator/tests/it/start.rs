//! What an emulator is not started with.

use mde_forensics_emulator::config::{ClockMode, Device};
use mde_forensics_emulator::{Config, Emulator, Error};
use time::macros::datetime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn refusal(change: impl FnOnce(&mut Config)) -> String {
    let mut config = Config::default();
    change(&mut config);
    Emulator::start(config).await.unwrap_err().to_string()
}

#[tokio::test]
async fn a_configuration_that_makes_no_sense_is_refused() {
    let missing = refusal(|it| it.fleet.file = Some("no-such-file.json".into())).await;
    assert!(missing.starts_with("the device file `no-such-file.json` cannot be read"), "{missing}");
    let scale = refusal(|it| it.clock = ClockMode::Scaled(-1.0)).await;
    assert_eq!(scale, "the time scale `-1` is not between 0.001 and 100,000");
    let start = refusal(|it| it.start = Some(datetime!(9999-12-31 23:59 -23:59))).await;
    assert!(start.ends_with("is not of the years 1970 to 9998 in UTC"), "{start}");
    let many = refusal(|it| it.fleet.generated = usize::MAX).await;
    assert!(many.ends_with("are too many to be made up; at most 1000000 are"), "{many}");
    let large = refusal(|it| it.fleet.devices.push(large("ws-042"))).await;
    assert!(large.starts_with("a package of 18446744073709551615 bytes is too large"), "{large}");
    let name = refusal(|it| it.fleet.devices.push(Device::new("a b"))).await;
    assert!(name.starts_with("the device name `a b` is not"), "{name}");
    let twice = refusal(|it| {
        it.fleet.generated = 2;
        it.fleet.devices =
            vec![Device::new("ws-042.contoso.com"), Device::new("WS-042.contoso.com")];
    });
    let twice = twice.await;
    assert!(twice.contains("is listed twice") && twice.contains("`id`"), "{twice}");
    let file = refusal(|it| it.ca_file = Some("ca.pem".into())).await;
    assert!(file.contains("without TLS"), "{file}");
}

fn large(name: &str) -> Device {
    let mut device = Device::new(name);
    device.life.package.size = Some(u64::MAX);
    device
}

#[tokio::test]
async fn as_many_connections_may_be_allowed_as_can_be_said() {
    let mut config = Config::default();
    config.limits.connections = usize::MAX;
    let emulator = Emulator::start(config).await.unwrap();
    let address = emulator.api_url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 404"), "{answer}");
}

#[tokio::test]
async fn a_device_that_is_listed_takes_the_place_of_one_that_was_made_up() {
    let mut config = Config::default();
    config.fleet.generated = 2;
    let made_up = Emulator::start(config.clone()).await.unwrap();
    let name = made_up.handle().devices()[1].name.clone();
    made_up.shutdown().await;
    config.fleet.devices = vec![Device::new(name)];
    let emulator = Emulator::start(config).await.unwrap();
    assert_eq!(emulator.handle().devices().len(), 2);
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let first = Emulator::start(Config::default()).await.unwrap();
    let port: u16 = first.api_url().rsplit_once(':').unwrap().1.parse().unwrap();
    let mut config = Config::default();
    config.ports.login = port;
    let error = Emulator::start(config.clone()).await.unwrap_err();
    assert!(matches!(error, Error::Bind { listener: "login", port: taken, .. } if taken == port));
    first.shutdown().await;
    Emulator::start(config).await.unwrap();
}

#[test]
fn a_configuration_may_leave_everything_out_but_knows_all_its_fields() {
    let config: Config = serde_json::from_str("{}").unwrap();
    assert_eq!(config.options.quotas.per_minute, 100);
    let scaled: Config = serde_json::from_str(r#"{"clock": {"scaled": 60}}"#).unwrap();
    assert_eq!(scaled.clock, ClockMode::Scaled(60.0));
    let typo = serde_json::from_str::<Config>(r#"{"sede": 1}"#).unwrap_err();
    assert!(typo.to_string().contains("sede"));
    let again = serde_json::to_string(&config).unwrap();
    assert!(serde_json::from_str::<Config>(&again).is_ok(), "what is written can be read");
}
