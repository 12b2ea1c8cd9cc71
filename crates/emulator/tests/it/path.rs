//! The whole path: token, device, collect, poll, link, download.

use reqwest::StatusCode;
use serde_json::json;

use crate::support::{CLIENT_ID, SCOPE, SECRET, Service, TENANT};

#[tokio::test]
async fn a_package_is_collected_from_its_name_to_its_last_byte() {
    let mut service = Service::start(|_| {}).await;
    let (status, token) = service
        .form(
            &format!("{TENANT}/oauth2/v2.0/token"),
            &[
                ("grant_type", "client_credentials"),
                ("client_id", CLIENT_ID),
                ("client_secret", SECRET),
                ("scope", SCOPE),
            ],
        )
        .await;
    assert_eq!(status, StatusCode::OK, "{token}");
    assert_eq!(token["expires_in"], 3_599);
    service.token = token["access_token"].as_str().unwrap().to_owned();

    let (status, machine) = service.get("/api/machines/WS-042.contoso.com").await;
    assert_eq!(status, StatusCode::OK, "{machine}");
    let id = machine["id"].as_str().unwrap();
    let (status, action) = service
        .post(
            &format!("/api/machines/{id}/collectInvestigationPackage"),
            &json!({"Comment": "INC-42", "ExternalId": "marker"}),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED, "{action}");
    let action_id = action["id"].as_str().unwrap().to_owned();
    assert_eq!(
        action,
        json!({
            "@odata.context": format!(
                "{}/api/$metadata#MachineActions/$entity",
                service.emulator.api_url()
            ),
            "id": action_id,
            "type": "CollectInvestigationPackage",
            "title": null,
            "requestor": CLIENT_ID,
            "requestorComment": "INC-42",
            "status": "Pending",
            "machineId": id,
            "computerDnsName": null,
            "creationDateTimeUtc": "2026-01-05T10:00:00.0000000Z",
            "lastUpdateDateTimeUtc": "2026-01-05T10:00:00.0000000Z",
            "cancellationRequestor": null,
            "cancellationComment": null,
            "cancellationDateTimeUtc": null,
            "errorHResult": 0,
            "scope": null,
            "externalId": "marker",
            "requestSource": "PublicApi",
            "relatedFileInfo": null,
            "commands": [],
            "troubleshootInfo": null,
        })
    );

    let path = format!("/api/machineactions/{action_id}");
    for (advance, expected) in [(0, "Pending"), (20, "InProgress"), (100, "Succeeded")] {
        service.advance(advance);
        let (_, action) = service.get(&path).await;
        assert_eq!(action["status"], expected);
        assert_eq!(action["computerDnsName"], "ws-042.contoso.com");
    }

    let (_, uri) = service.get(&format!("{path}/getPackageUri")).await;
    let quoted = uri["value"].as_str().unwrap();
    let link = quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
    let start = format!(
        "{}/safedownload/WDATP_Investigation_Package.zip?token=",
        service.emulator.download_url()
    );
    assert!(link.starts_with(&start));
    let reply = service.client.get(link).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
    let etag = reply.headers()["etag"].to_str().unwrap().to_owned();
    let bytes = reply.bytes().await.unwrap();
    let digest = service.handle.package(&action_id).unwrap();
    assert_eq!(bytes.len() as u64, digest.length);
    assert_eq!(etag, digest.etag);
    assert_eq!(&bytes[..4], b"PK\x03\x04");
    service.emulator.shutdown().await;
}
