"""What happens to an invoice towards the tax office: in which flow it belongs, and why."""
