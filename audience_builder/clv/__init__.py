"""Numbers per customer to money per customer: historic, by formula, and forecast."""
