//! Endpoints, errors and the collection engine of Microsoft Defender for Endpoint investigation packages, with no I/O.
