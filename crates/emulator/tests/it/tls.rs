//! https, with a CA of its own.

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::Service;

#[tokio::test]
async fn all_three_listeners_speak_https_and_the_ready_line_says_whom_to_trust() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let service = Service::start(|config| {
        config.tls = true;
        config.ca_file = Some(path.clone());
    })
    .await;
    let ready: Value = serde_json::from_str(&service.emulator.ready_line()).unwrap();
    let pem = ready["ca_pem"].as_str().unwrap();
    assert_eq!(pem, std::fs::read_to_string(&path).unwrap());
    assert_eq!(Some(pem), service.emulator.ca_pem());

    let login = service.emulator.login_url();
    assert!(login.starts_with("https://127.0.0.1:"), "{login}");
    assert!(service.client.get(login).send().await.is_err(), "an unknown CA");
    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_backend_preconfigured(trusting(pem))
        .build()
        .unwrap();
    let discovery = "common/discovery/instance?api-version=1.1";
    for url in [
        format!("{login}/{discovery}"),
        format!("{}/{discovery}", login.replace("127.0.0.1", "localhost")),
    ] {
        assert_eq!(trusting.get(url).send().await.unwrap().status(), StatusCode::OK);
    }
    let service = Service { client: trusting, ..service };
    let action = service.collected().await;
    let link = service.link(&action).await;
    assert!(link.starts_with("https://"));
    assert_eq!(service.client.get(&link).send().await.unwrap().status(), StatusCode::OK);
}

/// What a client needs to trust that CA alone.
fn trusting(pem: &str) -> rustls::ClientConfig {
    use base64::Engine as _;
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(body).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(der.into()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}
