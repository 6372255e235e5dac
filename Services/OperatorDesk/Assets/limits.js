// Made of AppealLimits and AppealField in Shared/Contracts/Journal/AppealLimits.swift: a test compares them.

/** The most signs of a text, by field; the services refuse longer ones. */
export const limits = { essence: 4000, measures: 4000, comment: 4000, address: 300 };

/** What the fields of a card are called in its history. */
export const fieldTitles = {
    applicant: "ФИО", isAnonymous: "Анонимное обращение", birthDate: "Дата рождения", phone: "Телефон", snils: "СНИЛС",
    policy: "Полис ОМС", address: "Адрес", topic: "Тема", essence: "Суть вопроса", measures: "Принятые меры",
    measuresDone: "Все меры приняты",
};
