#!/usr/bin/env python3
"""Fills the exchange configuration of the demo: server address from the ready file, certificate paths. Usage: demo-config.py TEMPLATE READY CERTS"""
import json
import os
import sys

template, ready_path, certs = sys.argv[1:4]
with open(template, encoding="utf-8") as file:
    config = json.load(file)
with open(ready_path, encoding="utf-8") as file:
    ready = json.load(file)
config["server_url"] = f"https://{ready['https']}"
for register in config["registers"]:
    if "mapping" in register:       # relative to the template, which is not where the result will lie
        register["mapping"] = os.path.join(os.path.dirname(os.path.abspath(template)), register["mapping"])
config["policy"]["authorisations"] = os.path.join(os.path.dirname(os.path.abspath(template)), config["policy"]["authorisations"])
config["tls"] = {"ca_file": f"{certs}/ca.crt", "client_cert": f"{certs}/client.crt", "client_key": f"{certs}/client.key"}
json.dump(config, sys.stdout, indent=2, ensure_ascii=False)
