//! The key `Services`: the services of `Services.csv`, per-user templates, and drivers.

use crate::package::host::Host;
use crate::package::registry::Key;
use crate::package::rng::Rng;
use crate::package::services::{Service, Start};

/// All keys below `Services` as `reg query /s` walks them: by name, a key before its subkeys.
pub(super) fn keys(host: &Host, services: &[Service]) -> Vec<Key> {
    let mut rng = host.lasting("services tree");
    let mut trees: Vec<(String, Vec<Key>)> = Vec::new();
    for service in services {
        trees.push((service.name.clone(), of_service(service, &mut rng)));
        if let Some(base) = service.name.strip_suffix(&format!("_{}", host.session_suffix)) {
            trees.push((base.to_owned(), vec![template(base, service)]));
        }
    }
    for line in include_str!("../../../data/drivers.txt").lines() {
        let Some((start, name)) = line.split_once('\t') else { continue };
        trees.push((name.to_owned(), of_driver(name, start.parse().unwrap_or(3), &mut rng)));
    }
    trees.push((".NET CLR Data".to_owned(), vec![Key::new(".NET CLR Data")]));
    trees.push((
        ".NETFramework".to_owned(),
        vec![Key::new(r".NETFramework\Performance").dword("Counter Types", 4)],
    ));
    trees.sort_by_key(|(name, _)| name.to_lowercase());
    trees.into_iter().flat_map(|(_, keys)| keys).map(|key| key.below(ROOT)).collect()
}

fn of_service(service: &Service, rng: &mut Rng) -> Vec<Key> {
    let name = &service.name;
    let mut key = Key::new(name.clone());
    if rng.chance(40) {
        key = key.multi(
            "DependOnService",
            if rng.chance(50) { &["RpcSs"] } else { &["nsi", "Tdx", "Afd"] },
        );
    }
    let kind = match service.kind {
        "Own Process" => 0x10,
        "Share Process" => 0x20,
        _ => 0xe0,
    };
    key = key
        .sz("Description", format!(r"@%SystemRoot%\System32\{name}.dll,-102"))
        .sz("DisplayName", &*service.display)
        .dword("ErrorControl", 1)
        .binary(
            "FailureActions",
            format!(
                "805101000000000000000000030000001400000001000000{}",
                rng.hex(32).to_uppercase()
            ),
        )
        .expand("ImagePath", &*service.path)
        .sz("ObjectName", &*service.account)
        .multi("RequiredPrivileges", &["SeChangeNotifyPrivilege", "SeImpersonatePrivilege"])
        .dword("ServiceSidType", 1)
        .dword("Start", service.start.number().into())
        .dword("Type", kind);
    if service.start == Start::AutoDelayed {
        key = key.dword("DelayedAutoStart", 1);
    }
    let mut keys = vec![key];
    if service.path.contains("svchost.exe") {
        keys.push(
            Key::new(format!(r"{name}\Parameters"))
                .expand("ServiceDll", format!(r"%SystemRoot%\System32\{name}.dll"))
                .dword("ServiceDllUnloadOnStop", 1),
        );
    }
    if rng.chance(60) {
        keys.push(
            Key::new(format!(r"{name}\Security"))
                .binary("Security", format!("01001480{}", rng.hex(160).to_uppercase())),
        );
    }
    if rng.chance(30) {
        keys.push(Key::new(format!(r"{name}\TriggerInfo")));
        keys.push(
            Key::new(format!(r"{name}\TriggerInfo\0"))
                .dword("Action", 1)
                .binary("GUID", rng.hex(32).to_uppercase())
                .dword("Type", rng.range(1, 21)),
        );
    }
    keys
}

/// The service that per-user services are made from; `Win32_Service` does not list it.
fn template(base: &str, service: &Service) -> Key {
    Key::new(base)
        .sz("DisplayName", base)
        .dword("ErrorControl", 1)
        .expand("ImagePath", &*service.path)
        .dword("Start", service.start.number().into())
        .dword("Type", 0x60)
        .dword("UserServiceFlags", 3)
}

fn of_driver(name: &str, start: u64, rng: &mut Rng) -> Vec<Key> {
    let key = Key::new(name)
        .sz("DisplayName", format!("@{name}.inf,%{name}.SvcDesc%;{name}"))
        .dword("ErrorControl", rng.range(0, 4))
        .sz("Group", "Extended Base")
        .expand("ImagePath", format!(r"\SystemRoot\System32\drivers\{name}.sys"))
        .dword("Start", start)
        .dword("Tag", rng.range(1, 40))
        .dword("Type", if name.len().is_multiple_of(3) { 2 } else { 1 });
    let mut keys = vec![key];
    if rng.chance(40) {
        let instance =
            format!(r"PCI\VEN_8086&DEV_{}\3&11583659&0&{}", rng.hex(4).to_uppercase(), rng.hex(2));
        keys.push(
            Key::new(format!(r"{name}\Enum"))
                .sz("0", instance)
                .dword("Count", 1)
                .dword("NextInstance", 1),
        );
    }
    if rng.chance(40) {
        keys.push(
            Key::new(format!(r"{name}\Parameters"))
                .value("BootTime", "REG_QWORD", format!("{:#x}", rng.next()))
                .dword("Enabled", 1),
        );
    }
    keys
}

const ROOT: &str = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services";
