"""What Brevity is made of: a bill of materials, and known vulnerabilities. `make sbom`, `make audit`."""
