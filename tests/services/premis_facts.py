# SPDX-License-Identifier: Apache-2.0
"""Facts of the PREMIS 3.0 schema, as far as our documents use it: for each element its children in order, with how often.

`1` once, `?` at most once, `*` any number, `+` at least once. Elements that are not listed hold text.
"""

PREMIS = {
    "premis": "object+ event* agent* rights*",
    "object premis:file": (
        "objectIdentifier+ preservationLevel* significantProperties* objectCharacteristics+ originalName? storage* "
        "signatureInformation* relationship* linkingEventIdentifier* linkingRightsStatementIdentifier*"
    ),
    "object premis:intellectualEntity": (
        "objectIdentifier+ preservationLevel* significantProperties* originalName? environmentFunction* environmentDesignation* "
        "environmentRegistry* environmentExtension* relationship* linkingEventIdentifier* linkingRightsStatementIdentifier*"
    ),
    "objectIdentifier": "objectIdentifierType1 objectIdentifierValue1",
    "objectCharacteristics": (
        "compositionLevel? fixity* size? format+ creatingApplication* inhibitors* objectCharacteristicsExtension*"
    ),
    "fixity": "messageDigestAlgorithm1 messageDigest1 messageDigestOriginator?",
    "format": "formatDesignation1 formatRegistry? formatNote*",
    "formatDesignation": "formatName1 formatVersion?",
    "storage": "contentLocation? storageMedium?",
    "contentLocation": "contentLocationType1 contentLocationValue1",
    "relationship": (
        "relationshipType1 relationshipSubType1 relatedObjectIdentifier+ relatedEventIdentifier* relatedEnvironmentPurpose* "
        "relatedEnvironmentCharacteristic?"
    ),
    "relatedObjectIdentifier": "relatedObjectIdentifierType1 relatedObjectIdentifierValue1 relatedObjectSequence?",
    "linkingEventIdentifier": "linkingEventIdentifierType1 linkingEventIdentifierValue1",
    "linkingRightsStatementIdentifier": "linkingRightsStatementIdentifierType1 linkingRightsStatementIdentifierValue1",
    "event": (
        "eventIdentifier1 eventType1 eventDateTime1 eventDetailInformation* eventOutcomeInformation* linkingAgentIdentifier* "
        "linkingObjectIdentifier*"
    ),
    "eventIdentifier": "eventIdentifierType1 eventIdentifierValue1",
    "eventDetailInformation": "eventDetail? eventDetailExtension*",
    "eventOutcomeInformation": "eventOutcome1 eventOutcomeDetail*",
    "eventOutcomeDetail": "eventOutcomeDetailNote1 eventOutcomeDetailExtension*",
    "linkingAgentIdentifier": "linkingAgentIdentifierType1 linkingAgentIdentifierValue1 linkingAgentRole*",
    "linkingObjectIdentifier": "linkingObjectIdentifierType1 linkingObjectIdentifierValue1 linkingObjectRole*",
    "agent": (
        "agentIdentifier+ agentName* agentType? agentVersion? agentNote* agentExtension* linkingEventIdentifier* "
        "linkingRightsStatementIdentifier* linkingEnvironmentIdentifier*"
    ),
    "agentIdentifier": "agentIdentifierType1 agentIdentifierValue1",
    "rights": "rightsStatement+ rightsExtension*",
    "rightsStatement": (
        "rightsStatementIdentifier1 rightsBasis1 copyrightInformation? licenseInformation? statuteInformation* "
        "otherRightsInformation? rightsGranted* linkingObjectIdentifier* linkingAgentIdentifier*"
    ),
    "rightsStatementIdentifier": "rightsStatementIdentifierType1 rightsStatementIdentifierValue1",
    "copyrightInformation": (
        "copyrightStatus1 copyrightJurisdiction1 copyrightStatusDeterminationDate? copyrightNote* "
        "copyrightDocumentationIdentifier* copyrightApplicableDates?"
    ),
    "licenseInformation": "licenseDocumentationIdentifier* licenseTerms? licenseNote* licenseApplicableDates?",
    "licenseDocumentationIdentifier": (
        "licenseDocumentationIdentifierType1 licenseDocumentationIdentifierValue1 licenseDocumentationRole?"
    ),
    "statuteInformation": (
        "statuteJurisdiction1 statuteCitation1 statuteInformationDeterminationDate? statuteNote* "
        "statuteDocumentationIdentifier* statuteApplicableDates?"
    ),
    "otherRightsInformation": (
        "otherRightsDocumentationIdentifier* otherRightsBasis1 otherRightsApplicableDates? otherRightsNote*"
    ),
    "rightsGranted": "act1 restriction* termOfGrant? termOfRestriction? rightsGrantedNote*",
}
