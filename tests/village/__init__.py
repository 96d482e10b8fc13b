"""The whole village: kiosk, sync process, gateway and county, each real, with faults between them."""
