package io.devicemapper.testkit;

import org.junit.jupiter.api.extension.ExtendWith;

/** A group of rules, each a test method with the rule's number. */
@ExtendWith(RuleRunner.class)
interface Rules {}
