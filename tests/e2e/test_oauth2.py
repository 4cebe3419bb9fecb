"""OAuth 2.0 with a certificate: both kinds of key, tokens that end in mid-import, and logins that are refused."""

import subprocess
import unittest

from comparison import compare
from harness import Case, Tenant, wait_until
from ledger import check_completed

KEYS = {
    "PS256": ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
    "ES256": ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "PS512": ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
    "ES384": ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ES512": ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
}


class OAuth2(Case):
    def key_pair(self, algorithm):
        """Private and public key as files; the private one is its owner's alone."""
        private, public = self.folder / f"{algorithm}.pem", self.folder / f"{algorithm}.pub"
        subprocess.run([*KEYS[algorithm], "-out", private], check=True, capture_output=True)
        private.chmod(0o600)
        subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
        return private, public

    def tenant(self, private, algorithm, **more):
        return Tenant(auth={"method": "oauth2", "client_id": "made-up-client-id",
                            "certificate_id": "made-up-certificate-id", "private_key": f"file:{private.name}",
                            "algorithm": algorithm}, **more)

    def test_every_kind_of_key_logs_in_with_one_token_for_the_whole_import(self):
        for algorithm in KEYS:
            with self.subTest(algorithm):
                private, public = self.key_pair(algorithm)
                sim = self.sim({"customer": 5000}, auth="oauth2", oauth2_public_key=str(public), latency_ms=5)
                node = self.node(self.tenant(private, algorithm), sim=sim, name=algorithm.lower())
                answer = node.run("customer")
                self.assertEqual(answer.code, 0, answer.out)
                compare(self, sim, node, names=["customer"])
                tokens = [request for request in sim.requests() if request["path"].endswith("/token")]
                self.assertEqual(len(tokens), 1)
                self.assertEqual(sim.stats()["auth_failures"], 0)

    def test_a_token_that_ends_in_mid_import_is_renewed_in_time(self):
        private, public = self.key_pair("ES256")
        sim = self.sim({"customer": 40_000}, auth="oauth2", oauth2_public_key=str(public), latency_ms=250,
                       oauth2_expires_in_s=2)
        node = self.node(self.tenant(private, "ES256"), sim=sim)
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        tokens = [request for request in sim.requests() if request["path"].endswith("/token")]
        self.measured(f"{len(tokens)} tokens of 2 s each, {sim.stats()['auth_failures']} requests refused")
        self.assertGreaterEqual(len(tokens), 2)
        self.assertEqual(answer.last["pick_ups"]["failed_attempts"], 0)

    def test_a_token_that_is_revoked_in_mid_import_is_replaced_and_costs_no_attempt(self):
        private, public = self.key_pair("PS256")
        sim = self.sim({"customer": 30_000}, auth="oauth2", oauth2_public_key=str(public), latency_ms=60)
        node = self.node(self.tenant(private, "PS256"), sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        self.assertEqual(sim.revoke_tokens(), 1)
        status = node.wait_for_state(import_id, "completed")
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        check_completed(self, node, status)
        compare(self, sim, node, names=["customer"])

    def test_a_certificate_that_netsuite_does_not_know_fails_the_import_after_three_requests_at_most(self):
        private, _ = self.key_pair("ES256")
        _, public = self.key_pair("PS256")
        sim = self.sim(auth="oauth2", oauth2_public_key=str(public))
        node = self.node(self.tenant(private, "ES256"), sim=sim)
        answer = node.run("customer")
        self.assertEqual(answer.code, 4, answer.out)
        self.assertIn("authentication", answer.last["error"])
        self.measured(f"failed after {sim.stats()['requests']} requests: {answer.last['error']}")
        self.assertLessEqual(sim.stats()["requests"], 3)

    def test_a_private_key_that_others_may_read_is_refused_at_the_start(self):
        private, public = self.key_pair("ES256")
        private.chmod(0o644)
        sim = self.sim(auth="oauth2", oauth2_public_key=str(public))
        node = self.node(self.tenant(private, "ES256"), sim=sim, start=False)
        self.assertEqual(node.launch().wait(), 2)
        self.assertIn("chmod 600", node.process.tail())


if __name__ == "__main__":
    unittest.main(verbosity=2)
