"""Subscriptions that follow the things of other brokers too (ETSI GS CIM 009 V1.8.1, 4.3.6 and 5.8): for each source that matches, a
narrowed copy is made there, whose notifications come to us and go into the queue of the subscription.

The copies of one subscription are looked after by its *keeper*: an internal subscription to sources (5.11.2), whose queue holds nothing
but the wish that somebody look again. The notifier does, with the patience it has for any receiver.
"""
