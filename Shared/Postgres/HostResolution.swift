internal import Glibc

/// Resolves host names before libpq sees them: `PQconnectPoll` would block the shared thread (libpq manual,
/// "PQconnectStartParams": give `hostaddr` to keep it from a name query).
enum HostResolution {
    /// Adds `hostaddr`; a name with several addresses is repeated, each with its port.
    /// - Throws: `PostgresError` of kind `.connection` when no host has an address.
    static func resolve(_ parameters: [String: String]) async throws -> [String: String] {
        guard let host = parameters["host"], !host.isEmpty, parameters["hostaddr"] == nil else { return parameters }
        let hosts = host.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        // A folder of Unix sockets needs no address, and cannot be mixed with addresses.
        guard !hosts.contains(where: { $0.isEmpty || $0.hasPrefix("/") || $0.hasPrefix("@") }) else {
            return parameters
        }
        let ports = (parameters["port"] ?? "5432").split(separator: ",").map(String.init)
        guard ports.count == 1 || ports.count == hosts.count else { return parameters }
        var found: [(host: String, address: String, port: String)] = []
        for (index, host) in hosts.enumerated() {
            let port = ports.count == 1 ? ports[0] : ports[index]
            let addresses = await BlockingCalls.run { self.addresses(of: host) }
            found += addresses.map { (host, $0, port) }
        }
        guard !found.isEmpty else {
            throw PostgresError(.connection, "the database host's name has no address")
        }
        var resolved = parameters
        resolved["host"] = found.map(\.host).joined(separator: ",")
        resolved["hostaddr"] = found.map(\.address).joined(separator: ",")
        resolved["port"] = found.map(\.port).joined(separator: ",")
        return resolved
    }

    private static func addresses(of host: String) -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        // AI_ADDRCONFIG ignores loopback interfaces, so a machine without a network asks again without it.
        if getaddrinfo(host, nil, &hints, &list) != 0 {
            hints.ai_flags = 0
            guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = list
        while let info = entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let status = getnameinfo(
                info.pointee.ai_addr, info.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if status == 0 {
                let end = text.firstIndex(of: 0) ?? text.endIndex
                let address = String(decoding: text[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !addresses.contains(address) { addresses.append(address) }
            }
            entry = info.pointee.ai_next
        }
        return addresses
    }
}
