//! A faithful local emulator of the Microsoft Defender for Endpoint API.
