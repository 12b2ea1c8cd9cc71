//! Opens a Microsoft Defender for Endpoint investigation package safely: inventory, hashes, findings.
