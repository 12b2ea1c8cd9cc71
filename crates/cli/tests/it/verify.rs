use std::fs;

use crate::support::Service;

#[test]
fn a_package_is_compared_with_its_manifest() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0);
    let path = package.to_str().unwrap();
    service.run(&["verify", path]).expect(0).says(&["intact"]);
    let document = service.run(&["verify", path, "--json"]).expect(0).json();
    assert_eq!(document["intact"], true);
    assert_eq!(document["packages"][0]["manifest"]["custody"]["comment"], "INC-42");

    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&package, bytes).unwrap();
    service.run(&["verify", path]).expect(4).says(&["not what its manifest says", "sha256"]);
    let document = service.run(&["verify", path, "--json"]).expect(4).json();
    assert_eq!(document["intact"], false);
}

#[test]
fn a_package_without_a_manifest_proves_nothing() {
    let service = Service::start();
    fs::write(service.path("x.zip"), "PK").unwrap();
    let finished = service.run(&["verify", "x.zip", "--json"]).expect(4);
    assert_eq!(finished.json()["error"]["code"], "manifest_mismatch");
}
