// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: Swift 6 mode, warnings are errors, `any` and imports spelled out.
let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// Services never touch a C pointer: one in `Services` fails the build.
let service: [SwiftSetting] = common + [.strictMemorySafety()]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let locks = Target.Dependency.product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOWebSocket", package: "swift-nio"),
]
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// What every service stands on.
let platform: [Target.Dependency] = [
    "Postgres", "AMQP", "Messaging", "Contracts", "Vocabulary", "ServiceSupport",
    log, metrics, lifecycle, unixSignals, hummingbird, arguments, locks,
]

let package = Package(
    name: "line122",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "call-intake", targets: ["CallIntake"]),
        .executable(name: "callback-dialer", targets: ["CallbackDialer"]),
        .executable(name: "booking", targets: ["Booking"]),
        .executable(name: "journal", targets: ["Journal"]),
        .executable(name: "notifier", targets: ["Notifier"]),
        .executable(name: "operator-desk", targets: ["OperatorDesk"]),
        .executable(name: "training-stand", targets: ["TrainingStand"]),
        .executable(name: "line122", targets: ["Line122"]),
        .executable(name: "line122-bench", targets: ["Benchmarks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        // C libraries: a module map and a shim, nothing else.
        .systemLibrary(
            name: "CLibPQ", path: "Shared/CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CRabbitMQ", path: "Shared/CRabbitMQ", pkgConfig: "librabbitmq",
            providers: [.apt(["librabbitmq-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Shared/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CArgon2", path: "Shared/CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),

        // The clients: the only places that call C.
        .target(
            name: "DescriptorExecutor", dependencies: [locks], path: "Shared/DescriptorExecutor",
            swiftSettings: common),
        .target(
            name: "Postgres",
            dependencies: ["CLibPQ", "DescriptorExecutor", collections, locks, log, lifecycle, crypto],
            path: "Shared/Postgres", swiftSettings: common),
        .target(
            name: "AMQP",
            dependencies: ["CRabbitMQ", "DescriptorExecutor", collections, locks, log, metrics, lifecycle],
            path: "Shared/AMQP", swiftSettings: common),
        .target(
            name: "OutboundHTTP", dependencies: ["CCurl", collections, locks, log, lifecycle],
            path: "Shared/OutboundHTTP", swiftSettings: common),
        .target(
            name: "PasswordHashing", dependencies: ["CArgon2"], path: "Shared/PasswordHashing", swiftSettings: common),

        // What services say to each other, and how.
        .target(
            name: "Vocabulary", dependencies: [crypto], path: "Shared/Vocabulary",
            resources: [.copy("ProductionCalendar")],
            swiftSettings: common),
        .target(
            name: "ServiceSupport",
            dependencies: [
                "Postgres", "AMQP", configuration, hummingbird, hummingbirdCore, locks, log, metrics, lifecycle,
                unixSignals, nio[0], nio[2],
            ],
            path: "Shared/ServiceSupport", swiftSettings: common),
        .target(
            name: "Messaging",
            dependencies: ["Postgres", "AMQP", collections, crypto, locks, log, metrics, lifecycle],
            path: "Shared/Messaging", resources: [.copy("Migrations")], swiftSettings: common),
        .target(
            name: "Contracts", dependencies: ["Messaging", "Vocabulary"], path: "Shared/Contracts",
            swiftSettings: common),

        .target(
            name: "Statements", dependencies: [crypto], path: "Shared/Statements", swiftSettings: common),

        // The services.
        .executableTarget(
            name: "CallIntake",
            dependencies: platform + nio + ["OutboundHTTP", "Statements", collections, heap, crypto, httpTypes],
            path: "Services/CallIntake", resources: [.copy("Migrations")], swiftSettings: service),
        .executableTarget(
            name: "CallbackDialer", dependencies: platform, path: "Services/CallbackDialer",
            resources: [.copy("Migrations")], swiftSettings: service),
        .executableTarget(
            name: "Booking", dependencies: platform + ["OutboundHTTP"], path: "Services/Booking",
            resources: [.copy("Migrations")], swiftSettings: service),
        .executableTarget(
            name: "Journal", dependencies: platform, path: "Services/Journal",
            resources: [.copy("Migrations")], swiftSettings: service),
        .executableTarget(
            name: "Notifier", dependencies: platform + ["OutboundHTTP", mustache], path: "Services/Notifier",
            resources: [.copy("Migrations"), .copy("Templates")], swiftSettings: service),
        .executableTarget(
            name: "OperatorDesk",
            dependencies: platform + [
                mustache, crypto, "PasswordHashing", "OutboundHTTP", "Statements", httpTypes, nio[0], nio[2],
            ],
            path: "Services/OperatorDesk",
            resources: [.copy("Migrations"), .copy("Pages"), .copy("Assets")], swiftSettings: service),
        .executableTarget(
            name: "TrainingStand",
            dependencies: nio + [arguments, log, lifecycle, unixSignals, locks],
            path: "Services/TrainingStand", swiftSettings: service),
        .executableTarget(
            name: "Line122",
            dependencies: [
                "Postgres", "AMQP", "Messaging", "Contracts", "Vocabulary", "OutboundHTTP", "ServiceSupport",
                "Statements", arguments, log, lifecycle, unixSignals, locks, collections, crypto,
            ],
            path: "Services/Line122", resources: [.copy("Prompts/prompts.json")], swiftSettings: service),

        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Postgres", "AMQP", "Messaging", "Contracts", "OutboundHTTP", arguments, locks, log, lifecycle,
            ], path: "Tests/Benchmarks", exclude: ["line", "housekeeping"],
            swiftSettings: common),

        // Tests. What needs servers takes their addresses from the environment; `make test` starts them.
        .target(
            name: "TestSupport", dependencies: ["Postgres", "AMQP", collections, locks, log, lifecycle],
            path: "Tests/TestSupport",
            swiftSettings: common),
        .target(
            name: "MessagingTestSupport", dependencies: ["Messaging", "Contracts", "Postgres"],
            path: "Tests/MessagingTestSupport", swiftSettings: common),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "TestSupport", log, lifecycle],
            path: "Tests/PostgresTests", swiftSettings: common),
        .testTarget(
            name: "AMQPTests", dependencies: ["AMQP", "TestSupport", log, lifecycle], path: "Tests/AMQPTests",
            swiftSettings: common),
        .testTarget(
            name: "OutboundHTTPTests",
            dependencies: [
                "OutboundHTTP", log, lifecycle, locks,
                .product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle"),
            ],
            path: "Tests/OutboundHTTPTests", swiftSettings: common),
        .testTarget(
            name: "PasswordHashingTests", dependencies: ["PasswordHashing"], path: "Tests/PasswordHashingTests",
            swiftSettings: common),
        .testTarget(
            name: "MessagingTests",
            dependencies: [
                "Messaging", "Contracts", "Vocabulary", "Postgres", "AMQP", "TestSupport", log, lifecycle, locks,
            ],
            path: "Tests/MessagingTests", swiftSettings: common),
        .testTarget(
            name: "TrainingStandTests",
            dependencies: nio + ["TrainingStand", arguments, log, lifecycle, unixSignals, locks],
            path: "Tests/TrainingStandTests", swiftSettings: common),
        .testTarget(
            name: "Line122Tests", dependencies: ["Line122", arguments], path: "Tests/Line122Tests",
            swiftSettings: common),
        .testTarget(
            name: "CallIntakeTests",
            dependencies: platform + nio + [
                "CallIntake", "CallbackDialer", "OutboundHTTP", "Statements", "TestSupport", configuration, crypto,
                heap,
                httpTypes,
            ],
            path: "Tests/CallIntakeTests", swiftSettings: common),
        .testTarget(
            name: "BookingTests", dependencies: platform + ["Booking", "OutboundHTTP", "TestSupport"],
            path: "Tests/BookingTests", swiftSettings: common),
        .testTarget(
            name: "JournalTests", dependencies: platform + ["Journal", "TestSupport", "MessagingTestSupport"],
            path: "Tests/JournalTests",
            swiftSettings: common),
        .testTarget(
            name: "CallbackDialerTests",
            dependencies: platform + ["CallbackDialer", "TestSupport", "MessagingTestSupport"],
            path: "Tests/CallbackDialerTests", swiftSettings: common),
        .testTarget(
            name: "NotifierTests",
            dependencies: platform + ["Notifier", "OutboundHTTP", "TestSupport", "MessagingTestSupport"],
            path: "Tests/NotifierTests", swiftSettings: common),
        .testTarget(
            name: "StatementsTests", dependencies: ["Statements"], path: "Tests/StatementsTests",
            swiftSettings: common),
        .testTarget(
            name: "OperatorDeskTests",
            dependencies: platform + [
                "OperatorDesk", "OutboundHTTP", "Statements", "TestSupport", configuration, httpTypes,
            ],
            path: "Tests/OperatorDeskTests", swiftSettings: common),
        .testTarget(
            name: "VocabularyTests", dependencies: ["Vocabulary"], path: "Tests/VocabularyTests",
            swiftSettings: common),
        .testTarget(
            name: "ServiceSupportTests",
            dependencies: [
                "ServiceSupport", "TestSupport", configuration, hummingbird, lifecycle, locks, log, metrics, nio[0],
                nio[1],
            ],
            path: "Tests/ServiceSupportTests", swiftSettings: common),
    ]
)
