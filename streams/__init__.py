"""The streaming side of the Lào Cai gate KPI service: from Kafka records to numbers on a wall."""
