"""Sharing requests and agreements: what the states, steps and clocks of ``hub.domain.agreements`` leave to rules."""
