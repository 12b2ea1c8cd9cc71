//! From a device's name to a verified Microsoft Defender for Endpoint investigation package.
