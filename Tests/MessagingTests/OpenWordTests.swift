import Contracts
import Foundation
import Testing

@testable import Messaging

/// One event of every type, with every member that may hold a word of a list.
private struct Sample: CustomTestStringConvertible {
    let type: any Event.Type
    /// `<id>` and `<at>` stand for an id and a moment.
    let json: String
    /// Paths of the members whose lists may become longer.
    let words: [String]

    init(_ type: any Event.Type, _ json: String, _ words: [String] = []) {
        self.type = type
        self.json = json.replacing("<id>", with: #""11111111-1111-4111-8111-111111111111""#)
            .replacing("<at>", with: #""2026-11-30T09:00:00.000Z""#)
        self.words = words
    }

    var testDescription: String { self.type.routingKey }
}

struct OpenWordTests {
    private static let samples: [Sample] = [
        Sample(
            CallReceived.self,
            #"{"callID":<id>,"caller":"+79990000001","line":"122","receivedAt":<at>}"#),
        Sample(
            CallAnswered.self,
            #"{"callID":<id>,"caller":"hidden","operatorID":"1","receivedAt":<at>,"answeredAt":<at>,"#
                + #""callbackID":<id>,"originalCallID":<id>,"ringSeconds":1,"queue":"q"}"#),
        Sample(
            CallOffered.self,
            #"{"callID":<id>,"fromOperatorID":"1","toOperatorID":"2","offeredAt":<at>}"#),
        Sample(
            OutsideLegEnded.self,
            #"{"legID":<id>,"callID":<id>,"kind":"transfer","number":"+79990000001","title":"t","operatorID":"1","#
                + #""orderedAt":<at>,"answeredAt":<at>,"endedAt":<at>,"isOnCard":true}"#, ["kind"]),
        Sample(
            CallSupervised.self,
            #"{"supervisionID":<id>,"callID":<id>,"supervisorID":"1","operatorID":"2","mode":"listen","#
                + #""startedAt":<at>,"endedAt":<at>}"#, ["mode"]),
        Sample(
            CallTransferred.self,
            #"{"callID":<id>,"fromOperatorID":"1","toOperatorID":"2","toTitle":"t","isEmergency":false,"#
                + #""seconds":1,"transferredAt":<at>}"#),
        Sample(
            MessageLeft.self,
            #"{"callID":<id>,"caller":"+79990000001","recordingID":<id>,"leftAt":<at>,"seconds":1,"#
                + #""dueAt":<at>}"#),
        Sample(
            CallEnded.self,
            #"{"callID":<id>,"caller":"malformed","outcome":"completedByCaller","receivedAt":<at>,"#
                + #""endedAt":<at>}"#, ["outcome"]),
        Sample(
            DialStarted.self,
            #"{"attemptID":<id>,"callbackID":<id>,"startedAt":<at>}"#),
        Sample(
            DialFinished.self,
            #"{"attemptID":<id>,"callbackID":<id>,"outcome":"answered","finishedAt":<at>}"#, ["outcome"]),
        Sample(
            VoiceFinished.self,
            #"{"attemptID":<id>,"callbackID":<id>,"callID":<id>,"kind":"survey","#
                + #""answers":[{"question":"q","key":"1","at":<at>}],"end":"completed","finishedAt":<at>}"#,
            ["kind", "end"]),
        Sample(
            OperatorChanged.self,
            #"{"view":{"operatorID":"1","displayName":"d","telephone":"1001","state":"talking","#
                + #""since":<at>,"callID":<id>,"lines":[{"callID":<id>,"caller":"+79990000001","#
                + #""state":"talking","receivedAt":<at>,"phase":"questioning","transfer":{"title":"t","#
                + #""state":"ringing"}}],"secondLine":{"callID":<id>,"caller":"+79990000001","#
                + #""state":"talking","receivedAt":<at>,"phase":"questioning","transfer":{"title":"t","#
                + #""state":"ringing"}},"breakReason":"r","limitAt":<at>},"changedAt":<at>}"#,
            [
                "view.state", "view.lines.0.state", "view.lines.0.phase", "view.lines.0.transfer.state",
                "view.secondLine.state", "view.secondLine.phase", "view.secondLine.transfer.state",
            ]),
        Sample(
            RecordingStored.self,
            #"{"recordingID":<id>,"callID":<id>,"kind":"conversation","part":1,"durationMilliseconds":1,"#
                + #""sizeBytes":1,"sha256":"x","storedAt":<at>}"#, ["kind"]),
        Sample(
            RecordingFailed.self,
            #"{"recordingID":<id>,"callID":<id>,"kind":"conversation","part":1,"reason":"r","#
                + #""failedAt":<at>}"#, ["kind"]),
        Sample(
            RecordingErased.self,
            #"{"recordingID":<id>,"callID":<id>,"kind":"conversation","part":1,"reason":"r","#
                + #""erasedAt":<at>}"#, ["kind"]),
        Sample(
            CallbackRequested.self,
            #"{"callbackID":<id>,"callID":<id>,"number":"+79990000001","operatorID":"1","brokenAt":<at>,"#
                + #""firstDialDue":<at>,"kind":"requested","appealID":<id>}"#, ["kind"]),
        Sample(
            CallbackFinished.self,
            #"{"callbackID":<id>,"callID":<id>,"number":"+79990000001","state":"reached","attempts":1,"#
                + #""finishedAt":<at>,"kind":"requested","visit":{"clinicID":"1","clinicName":"c","#
                + #""specialityID":"1","specialityName":"s","doctorID":"1","doctorName":"d","slotID":"1","#
                + #""startsAt":<at>,"room":"1"}}"#, ["kind", "state"]),
        Sample(
            CallbackAnswered.self,
            #"{"callbackID":<id>,"kind":"survey","choice":"heard","answeredAt":<at>}"#, ["kind", "choice"]),
        Sample(
            SurveyFinished.self,
            #"{"callbackID":<id>,"appealID":<id>,"state":"partial","isLow":false,"finishedAt":<at>}"#, ["state"]),
        Sample(
            BookingConfirmed.self,
            #"{"bookingID":<id>,"appealID":<id>,"operatorID":"1","visit":{"clinicID":"1","#
                + #""clinicName":"c","specialityID":"1","specialityName":"s","doctorID":"1","doctorName":"d","#
                + #""slotID":"1","startsAt":<at>,"room":"1"},"patientPhone":"+79990000001","confirmedAt":<at>}"#),
        Sample(
            BookingFailed.self,
            #"{"bookingID":<id>,"operatorID":"1","state":"refused","refusal":{"code":1,"advice":"a"},"#
                + #""failedAt":<at>}"#, ["state"]),
        Sample(
            BookingCancelled.self,
            #"{"bookingID":<id>,"operatorID":"1","visit":{"clinicID":"1","clinicName":"c","#
                + #""specialityID":"1","specialityName":"s","doctorID":"1","doctorName":"d","slotID":"1","#
                + #""startsAt":<at>,"room":"1"},"patientPhone":"+79990000001","cancelledAt":<at>}"#),
        Sample(
            AppealDrafted.self,
            #"{"appealID":<id>,"callID":<id>,"caller":"+79990000001","operatorID":"1","openedAt":<at>}"#),
        Sample(
            AppealContinued.self,
            #"{"appealID":<id>,"callID":<id>,"caller":"+79990000001","operatorID":"1","#
                + #""continuedAt":<at>}"#),
        Sample(
            AppealRegistered.self,
            #"{"appealID":<id>,"number":"64-2026-000001","operatorID":"1","topic":"other","#
                + #""phone":"+79990000001","registeredAt":<at>}"#, ["topic"]),
        Sample(
            AppealChanged.self,
            #"{"appealID":<id>,"number":"64-2026-000001","operatorID":"1","state":"inWork","revision":1,"#
                + #""changedAt":<at>}"#, ["state"]),
        Sample(
            AppealForwarded.self,
            #"{"appealID":<id>,"number":"64-2026-000001","organization":{"organizationID":"1","#
                + #""name":"n","email":"e"},"topic":"other","comment":"c","operatorID":"1","forwardedAt":<at>}"#,
            ["topic"]),
        Sample(
            AppealOutcomeReady.self,
            #"{"appealID":<id>,"revision":1,"callID":<id>,"phone":"+79990000001","operatorID":"1","#
                + #""readyAt":<at>}"#),
        Sample(
            AppealOutcomeWithdrawn.self,
            #"{"appealID":<id>,"revision":1,"withdrawnAt":<at>}"#),
        Sample(
            AppealClosed.self,
            #"{"appealID":<id>,"number":"64-2026-000001","phone":"+79990000001","operatorID":"1","#
                + #""organizationID":"1","topic":"other","closedBy":"1","closedAt":<at>}"#, ["topic"]),
        Sample(
            AppealOffered.self,
            #"{"appealID":<id>,"callID":<id>,"caller":"+79990000001","fromOperatorID":"x","#
                + #""toOperatorID":"x","offeredAt":<at>}"#),
        Sample(
            AppealNoted.self,
            #"{"appealID":<id>,"operatorID":"x","notedAt":<at>}"#),
        Sample(
            SecretaryMessageKept.self,
            #"{"appealID":<id>,"callID":<id>,"leftAt":<at>,"dueAt":<at>}"#),
        Sample(
            MessageFinished.self,
            #"{"messageID":<id>,"template":"t","channel":"spool","state":"sent","appealID":<id>,"#
                + #""callID":<id>,"finishedAt":<at>}"#, ["state"]),
    ]

    private static func decode<E: Event>(_ type: E.Type, _ json: Data) throws -> any Event {
        try MessageCoding.decoder.decode(E.self, from: json)
    }

    /// The value at a path, and the same object with another one there.
    private static func replace(_ path: ArraySlice<String>, in value: Any, by word: String) throws -> Any {
        guard let name = path.first else { return word }
        if var list = value as? [Any], let index = Int(name) {
            list[index] = try Self.replace(path.dropFirst(), in: list[index], by: word)
            return list
        }
        var object = try #require(value as? [String: Any])
        object[name] = try Self.replace(path.dropFirst(), in: try #require(object[name]), by: word)
        return object
    }

    private static func text(at path: ArraySlice<String>, in value: Any) -> String? {
        guard let name = path.first else { return value as? String }
        if let list = value as? [Any], let index = Int(name) { return Self.text(at: path.dropFirst(), in: list[index]) }
        return (value as? [String: Any])?[name].flatMap { Self.text(at: path.dropFirst(), in: $0) }
    }

    @Test("C-212 A word of a later version survives in every member of every event", arguments: samples)
    private func unknownWords(sample: Sample) throws {
        let object = try JSONSerialization.jsonObject(with: Data(sample.json.utf8))
        _ = try Self.decode(sample.type, Data(sample.json.utf8))
        for path in sample.words {
            let parts = path.split(separator: ".").map(String.init)[...]
            let later = try JSONSerialization.data(
                withJSONObject: try Self.replace(parts, in: object, by: "wordOfTomorrow"))
            let event = try Self.decode(sample.type, later)
            let written = try JSONSerialization.jsonObject(with: try MessageCoding.encoder.encode(event))
            #expect(Self.text(at: parts, in: written) == "wordOfTomorrow", "\(path)")
        }
    }

    /// Paths of members that are lists of words of their own.
    private static func closed(_ value: Any, _ path: String) -> [String] {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .enum, value is any RawRepresentable { return [path] }
        return mirror.children.flatMap { Self.closed($0.value, path + "." + ($0.label ?? "")) }
    }

    @Test("C-212 No event holds a word that a later version could not add to", arguments: samples)
    private func noClosedLists(sample: Sample) throws {
        let event = try Self.decode(sample.type, Data(sample.json.utf8))
        #expect(Self.closed(event, sample.type.type) == [])
    }

    @Test("C-212 Every event that anybody hears has its sample here") func allEvents() {
        let heard = Set(Contracts.registry.subscriptions.values.joined().map(\.routingKey))
        let sampled = Self.samples.map { $0.type.routingKey }
        #expect(heard.subtracting(sampled) == [])
    }

    @Test("C-212 A missing member is none, an unknown word is nil and no missing member") func missing() throws {
        let old = try MessageCoding.decoder.decode(OrderPlaced.self, from: Data(#"{"order":"1","note":"a"}"#.utf8))
        #expect(old.size == nil && old.$size.word == nil)
        #expect(try old.$size.known() == nil)
        #expect(String(decoding: try MessageCoding.encoder.encode(old), as: UTF8.self) == #"{"note":"a","order":"1"}"#)
        let later = try MessageCoding.decoder.decode(
            OrderPlaced.self, from: Data(#"{"order":"1","note":"a","size":"enormous"}"#.utf8))
        #expect(later.size == nil && later.$size.word == "enormous")
        #expect(throws: UnknownWord.self) { try later.$size.known() }
        // A member that must be there, and one of another kind, are still refused.
        #expect(throws: DecodingError.self) {
            try MessageCoding.decoder.decode(DialFinished.self, from: Data("{}".utf8))
        }
        #expect(throws: DecodingError.self) {
            try MessageCoding.decoder.decode(OrderPlaced.self, from: Data(#"{"order":"1","note":"a","size":7}"#.utf8))
        }
    }
}
