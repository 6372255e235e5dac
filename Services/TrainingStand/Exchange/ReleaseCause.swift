/// Q.850 causes as the exchange names them in `ChannelDestroyed.cause_txt`.
enum ReleaseCause {
    static func text(_ cause: Int) -> String {
        switch cause {
        case 1: "Unallocated (unassigned) number"
        case 16: "Normal Clearing"
        case 17: "User busy"
        case 18: "No user responding"
        case 19: "User alerting, no answer"
        case 21: "Call Rejected"
        case 26: "Answered elsewhere"
        case 28: "Invalid number format"
        case 31: "Normal, unspecified"
        case 34: "Circuit/channel congestion"
        case 38: "Network out of order"
        case 41: "Temporary failure"
        case 44: "Requested channel not available"
        case 58: "Bearer capability not available"
        case 127: "Interworking, unspecified"
        default: "Unknown"
        }
    }

    /// SIP status that comes with the cause of a lost line; nil where the recordings show none.
    static func technical(_ cause: Int) -> Int? {
        cause == 38 || cause == 127 ? 500 : nil
    }

    /// Cause of `DELETE /channels/{id}?reason=`; nil for a word ARI does not know.
    static func named(_ reason: String) -> Int? {
        switch reason {
        case "normal": 16
        case "busy": 17
        case "congestion": 34
        case "no_answer": 19
        case "timeout": 18
        case "rejected": 21
        case "unallocated": 1
        case "normal_unspecified": 31
        case "number_incomplete": 28
        case "codec_mismatch": 58
        case "interworking": 127
        case "failure": 38
        case "answered_elsewhere": 26
        default: nil
        }
    }
}
