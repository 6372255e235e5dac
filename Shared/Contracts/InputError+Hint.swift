public import Messaging
public import Vocabulary

extension InputError: HintedError {}
