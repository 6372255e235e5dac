import Contracts
import Foundation
import Testing

@testable import OperatorDesk

@Suite struct CallControlTests {
    private func action(_ json: String) -> ControlCall.Action? {
        (try? JSONDecoder().decode(CallControl.self, from: Data(json.utf8)))?.action
    }

    @Test(
        "T-08 Each order of the page has one meaning on the line",
        arguments: [
            ("hangUp", .hangUp), ("hold", .hold), ("resume", .resume), ("take", .take),
            ("completeTransfer", .completeTransfer), ("cancelTransfer", .cancelTransfer), ("conference", .conference),
            ("emergency", .emergency),
        ] as [(String, ControlCall.Action)])
    func simple(name: String, expected: ControlCall.Action) {
        #expect(self.action("{\"action\":\"\(name)\"}") == expected)
    }

    @Test("T-13 The step between questioning and consultation, and keys for the other side, carry what they need")
    func withMembers() {
        #expect(self.action(#"{"action":"phase","phase":"consultation"}"#) == .phase(.consultation))
        #expect(self.action(#"{"action":"tones","digits":"12#"}"#) == .tones("12#"))
        #expect(self.action(#"{"action":"phase","phase":"lunch"}"#) == nil)
        #expect(self.action(#"{"action":"phase"}"#) == nil)
        #expect(self.action(#"{"action":"tones"}"#) == nil)
        #expect(self.action(#"{"action":"dance"}"#) == nil)
    }

    @Test("T-10 A transfer names how, to whom and what is said aloud; anything less is no transfer")
    func transfer() {
        func json(_ to: String, title: String = "Фонд ОМС", kind: String = "consult") -> String {
            #"{"action":"transfer","kind":"\#(kind)","to":\#(to),"title":"\#(title)"}"#
        }
        func order(_ kind: TransferOrder.Kind, _ target: TransferOrder.Target) -> ControlCall.Action {
            .transfer(TransferOrder(kind: kind, target: target, title: "Фонд ОМС"))
        }
        #expect(self.action(json(#"{"operator":"level2"}"#)) == order(.consult, .operator("level2")))
        #expect(self.action(json(#"{"topic":"oms"}"#, kind: "blind")) == order(.blind, .topic("oms")))
        #expect(self.action(json(#"{"number":"+78452000001"}"#)) == order(.consult, .number("+78452000001")))
        #expect(self.action(json("{}")) == nil)
        #expect(self.action(json(#"{"operator":"a","number":"103"}"#)) == nil)
        #expect(self.action(json(#"{"number":"103"}"#, title: " ")) == nil)
        #expect(self.action(json(#"{"number":"103"}"#, title: String(repeating: "ё", count: 301))) == nil)
        #expect(self.action(json(#"{"number":"103"}"#, kind: "fast")) == nil)
    }

    @Test(
        "T-01 A telephone to sign in on is an extension, and nothing that an exchange could read as more",
        arguments: [
            ("1001", true), ("1001@north", true), ("a-1", true), ("1001&PJSIP/1002", false), ("1001@a@b", false),
            ("1001@", false), ("@north", false), ("100 1", false), ("Телефон", false),
            (String(repeating: "1", count: 33), false),
        ])
    func telephone(text: String, isFit: Bool) {
        let read = Result { try Telephone.read(text) }
        #expect((try? read.get()) == (isFit ? text : nil))
        #expect((try? Telephone.read("")) == .some(nil))
    }
}
