import Foundation

/// Certificates of a test, made by `openssl` as `NAME.pem` and `NAME.key` in a folder; they live for two days.
struct TestCertificates: Sendable {
    let folder: URL

    func path(_ file: String) -> String { self.folder.appendingPathComponent(file).path }

    func makeAuthority(_ name: String) throws {
        try self.openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-out", self.path("\(name).pem")]
                + self.newKey(name))
    }

    /// - Parameter extensions: a line of an OpenSSL extension file, such as `subjectAltName=DNS:localhost`.
    func make(_ name: String, signedBy authority: String, extensions: String) throws {
        try extensions.write(toFile: self.path("\(name).ext"), atomically: true, encoding: .utf8)
        try self.openssl(["req", "-subj", "/CN=\(name)", "-out", self.path("\(name).csr")] + self.newKey(name))
        try self.openssl([
            "x509", "-req", "-in", self.path("\(name).csr"), "-CA", self.path("\(authority).pem"), "-CAkey",
            self.path("\(authority).key"), "-CAcreateserial", "-days", "2", "-extfile", self.path("\(name).ext"),
            "-out", self.path("\(name).pem"),
        ])
    }

    private func newKey(_ name: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.path("\(name).key")]
    }

    private func openssl(_ arguments: [String]) throws {
        try TestProgram.complete(TestProgram.process("/usr/bin/openssl", arguments))
    }
}
