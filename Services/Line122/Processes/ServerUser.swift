import Foundation

/// Whose rights a server runs with: PostgreSQL refuses root, and RabbitMQ needs none of root's.
struct ServerUser: Sendable, Equatable {
    /// The account; nil for our own.
    let name: String?

    static let caller = ServerUser(name: nil)
    static let postgres = ServerUser.ifRoot("postgres")
    static let rabbitmq = ServerUser.ifRoot("rabbitmq")

    static var isRoot: Bool { geteuid() == 0 }

    private static func ifRoot(_ name: String) -> ServerUser { self.isRoot ? .init(name: name) : .caller }

    /// Words to put before a command so that it runs as this user. The process id stays the same: setpriv(1) executes.
    var prefix: [String] {
        self.name.map { ["/usr/bin/setpriv", "--reuid=\($0)", "--regid=\($0)", "--init-groups", "--"] } ?? []
    }

    /// Gives a file or folder to this user.
    func own(_ item: URL) throws {
        guard let name = self.name else { return }
        try FileManager.default.setAttributes(
            [.ownerAccountName: name, .groupOwnerAccountName: name], ofItemAtPath: item.path)
    }
}
